import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { decodeReport } from '../decode.ts'
import { FORMATS, parseReport } from './index.ts'

// A case is a folder with a report, what must be read from it, and in `made-by.txt` the tool and its version, or that
// the report was written by hand after the format's documentation.
const FOLDER = path.join(import.meta.dirname, 'testcases')
const FILES = globSync('*/report.*', { cwd: FOLDER }).sort()

const read = (file: string) => {
  const { cases: _, ...parsed } = parseReport(decodeReport(readFileSync(path.join(FOLDER, file))).text)
  return parsed
}

for (const file of FILES) {
  test(`what ${path.dirname(file)} wrote is read as it stands in the golden case`, () => {
    const expected: unknown = JSON.parse(readFileSync(path.join(FOLDER, path.dirname(file), 'expected.json'), 'utf8'))
    assert.deepEqual(JSON.parse(JSON.stringify(read(file))), expected)
  })
}

/** Reports whose own counters are wrong, and what is. */
const WRONG: Readonly<Record<string, string>> = {
  'mocha-xunit': 'mocha leaves pending tests out where a hook failed',
}

test('the counts of every golden report are those that the report counts itself', () => {
  for (const file of FILES) {
    const { tests, counters = {}, failures, faults } = read(file)
    if (tests === undefined || path.dirname(file) in WRONG) continue
    const { passed, failed, skipped } = tests
    const all = { total: passed + failed + skipped, passed, failed, skipped }
    for (const key of ['total', 'passed', 'failed', 'skipped'] as const) {
      if (counters[key] !== undefined) assert.equal(all[key], counters[key], `${file}: ${key} (${faults.join()})`)
    }
    const told = new Set(
      failures.filter(one => one.outcome === 'failed').map(one => `${one.suite_name} ${one.test_name}`),
    )
    assert.ok(failed === 0 || told.size > 0, `${file} tells no failure`)
  }
})

test('every format has a golden report, which says what made it', () => {
  const formats = new Set(FILES.map(file => read(file).format))
  assert.deepEqual(
    FORMATS.filter(format => !formats.has(format)),
    [],
  )
  for (const file of FILES) assert.ok(existsSync(path.join(FOLDER, path.dirname(file), 'made-by.txt')), file)
})
