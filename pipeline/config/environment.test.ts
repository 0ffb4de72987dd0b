import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expand } from './environment.ts'

const environment = { NAME: 'value', EMPTY: '', DOLLAR: 'a$$b${env:NAME}' }

const cases: [string, string, number][] = [
  ['${env:NAME}', 'value', 0],
  ['a-${env:NAME}-${env:NAME}-b', 'a-value-value-b', 0],
  ['${env:MISSING:-fallback}', 'fallback', 0],
  ['${env:MISSING:-}', '', 0],
  ['${env:EMPTY:-fallback}', 'fallback', 0],
  ['${env:EMPTY}', '', 0],
  ['${env:URL:-postgres://h:5/x?a=b}', 'postgres://h:5/x?a=b', 0],
  ['cost $$5 $${env:NAME}', 'cost $5 ${env:NAME}', 0],
  ['${env:DOLLAR}', 'a$$b${env:NAME}', 0],
  ['${env:MISSING}', '', 1],
  ['${NAME}', '${NAME}', 1],
  ['$NAME', '$NAME', 1],
  ['${env:9BAD}', '${env:9BAD}', 1],
  ['${file:/etc/x}', '${file:/etc/x}', 1],
  ['no reference, 5$', 'no reference, 5$', 0],
]

for (const [text, expected, faults] of cases) {
  test(`${JSON.stringify(text)} expands as the Collector would, or says why not`, () => {
    const expanded = expand(text, environment)
    assert.equal(expanded.text, expected)
    assert.equal(expanded.faults.length, faults)
    for (const fault of expanded.faults) assert.ok(fault.suggestion.length > 0)
  })
}
