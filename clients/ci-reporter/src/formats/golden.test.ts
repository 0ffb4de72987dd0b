import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { parseReport } from './index.ts'

// A case is a folder with a report of a tool and what must be read from it. Those of node:test, pytest's and vitest's JUnit, tsc and
// biome were written by the tools themselves; the others keep to the sources of the tools.
const FOLDER = path.join(import.meta.dirname, 'testcases')

for (const file of globSync('*/report.*', { cwd: FOLDER }).sort()) {
  test(`what ${path.dirname(file)} wrote is read as it stands in the golden case`, () => {
    const expected: unknown = JSON.parse(readFileSync(path.join(FOLDER, path.dirname(file), 'expected.json'), 'utf8'))
    const parsed = parseReport(readFileSync(path.join(FOLDER, file), 'utf8'))
    assert.deepEqual(JSON.parse(JSON.stringify(parsed)), expected)
  })
}
