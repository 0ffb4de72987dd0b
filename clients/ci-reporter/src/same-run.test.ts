import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseReport } from './formats/index.ts'
import { withoutDoubles } from './same-run.ts'

const JSON_REPORT = JSON.stringify({
  exitcode: 1,
  summary: { passed: 1, failed: 1, total: 2 },
  tests: [
    { nodeid: 'tests/test_cart.py::TestCart::test_adds', outcome: 'passed' },
    { nodeid: 'tests/test_cart.py::TestCart::test_taxes', outcome: 'failed' },
  ],
})
const JUNIT = `<testsuites><testsuite name="pytest" tests="2" failures="1"><testcase classname="tests.test_cart.TestCart" name="test_adds"/><testcase classname="tests.test_cart.TestCart" name="test_taxes"><failure message="x">E   x</failure></testcase></testsuite></testsuites>`
const OTHER = JUNIT.replaceAll('test_taxes', 'test_fees').replaceAll('test_adds', 'test_sums')

const read = (text: string, file: string, digest = text) => ({ ...parseReport(text), file, digest })
const keptOf = (...texts: readonly string[]) => {
  const { kept, faults } = withoutDoubles(texts.map((text, i) => read(text, `r${i}`)))
  return [kept.length, faults.length]
}

test('one run of pytest counts once by its two reports, and that is told', () => {
  const { kept, faults } = withoutDoubles([read(JSON_REPORT, 'r.json'), read(JUNIT, 'r.xml')])
  assert.equal(kept.length, 1)
  assert.match(faults[0]!, /r\.\w+ is of the run that r\.\w+ is of, and is not counted again/)
})

test('a report that is given twice counts once; two of one format are two runs, two of other tests as well', () => {
  assert.deepEqual(keptOf(JUNIT, JUNIT), [1, 1])
  assert.deepEqual(keptOf(JUNIT, JUNIT.replace('E   x', 'E   y')), [2, 0])
  assert.deepEqual(keptOf(JSON_REPORT, OTHER), [2, 0])
})

test('of two reports of one run the one stays that has the failure', () => {
  const green = JSON_REPORT.replace('"failed"}', '"passed"}')
  const tests = Array.from({ length: 20 }, (_, i) => `<testcase name="test_${i}"/>`).join('')
  const nodes = Array.from({ length: 20 }, (_, i) => ({
    nodeid: `a.py::test_${i}`,
    outcome: i === 3 ? 'failed' : 'passed',
  }))
  const { kept } = withoutDoubles([
    read(`<testsuite>${tests}</testsuite>`, 'a.xml'),
    read(JSON.stringify({ tests: nodes }), 'a.json'),
  ])
  assert.deepEqual(
    kept.map(one => [one.file, one.tests!.failed]),
    [['a.json', 1]],
  )
  assert.deepEqual(keptOf(green, OTHER), [2, 0])
})
