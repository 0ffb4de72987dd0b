import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

const ROOT = path.resolve(import.meta.dirname, '..')
const page = readFileSync(path.join(ROOT, 'docs/security.md'), 'utf8')
const ROW = /^\| (?!threat \||---)(.+?) \| (.+) \| (.+) \|$/gm

test('each row of the threat table names tests that are there', () => {
  const rows = [...page.slice(page.indexOf('## Threats')).matchAll(ROW)]
  assert.ok(rows.length > 30, `${rows.length} rows`)
  for (const [, threat = '', , proofs = ''] of rows) {
    for (const proof of proofs.split(' · ')) {
      const { file, name } = /^`(?<file>[^`]+)`(?:: (?<name>.+))?$/.exec(proof)?.groups ?? {}
      assert.ok(file !== undefined, `${threat}: ${proof} names no test`)
      const place = path.join(ROOT, file)
      assert.ok(existsSync(place), `${threat}: ${file} is not there`)
      if (statSync(place).isDirectory()) {
        assert.ok(globSync('**/*.test.ts', { cwd: place }).length > 0, `${threat}: no test in ${file}`)
      } else if (name !== undefined) {
        const said = name.replace(/ ?…$/, '')
        assert.ok(
          namesIn(place).some(test => test.includes(said)),
          `${threat}: ${file} has no test “${said}”`,
        )
      } else {
        assert.match(file, /\.test\.ts$|^\.ci\/run$/, threat)
      }
    }
  }
})

function namesIn(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/\b(?:test|it)\(\s*(['"`])(.*?)\1,/gs)].map(([, , name]) => name!)
}
