import type { Counters, Outcome, Parsed } from '../parsed.ts'
import { millisecondsOf } from '../seconds.ts'
import { openTally } from '../tally.ts'
import type { Element } from '../xml.ts'
import { dotnetFailure } from './dotnet.ts'
import { allOf, attributeCount, only, textIn } from './elements.ts'
import { type FormatDefinition, rootName } from './source.ts'

export const trx: FormatDefinition = {
  fingerprint: 'XML whose root is `<TestRun>`',
  isOf: source => rootName(source) === 'TestRun',
  parse: ({ xml }) => parseTrx(xml!.roots, xml!.faults, xml!.isTorn),
}

const SKIPPED = /^(?:NotExecuted|NotRunnable|Inconclusive|Pending|Disconnected|InProgress)$/i
const PASSED = /^(?:Passed|PassedButRunAborted|Completed|Warning)$/i

/** What `dotnet test --logger trx` and MSTest write. */
function parseTrx(roots: readonly Element[], faults: readonly string[], isTorn: boolean): Parsed {
  const tally = openTally()
  const classes = new Map(
    allOf(roots, 'UnitTest').map(test => [test.attributes.id, only(test, 'TestMethod')?.attributes.className]),
  )
  let durationMs = 0
  // The results of data rows are within the result of their test, which stands for them.
  const results = allOf(roots, 'Results').flatMap(({ children }) =>
    children.filter(one => !one.isTorn || one.attributes.outcome),
  )
  for (const one of results) {
    durationMs += millisecondsOf(one.attributes.duration)
    const outcome = outcomeOf(one.attributes.outcome)
    const rows = [
      one,
      ...allOf(one.children, 'UnitTestResult').filter(row => outcomeOf(row.attributes.outcome) === 'failed'),
    ]
    const told = rows.filter(row => only(only(row, 'Output'), 'ErrorInfo') !== undefined)
    const name = one.attributes.testName ?? 'a test'
    tally.add(
      name,
      outcome,
      outcome !== 'failed'
        ? []
        : (told.length > 0 ? told : [one]).map(row => {
            const info = only(only(row, 'Output'), 'ErrorInfo')
            const suite = classes.get(one.attributes.testId)
            return dotnetFailure(
              row.attributes.testName ?? name,
              suite,
              textIn(info, 'Message'),
              textIn(info, 'StackTrace'),
            )
          }),
    )
  }
  const summary = allOf(roots, 'ResultSummary')[0]
  const info = allOf(roots, 'RunInfo').filter(one => one.attributes.outcome === 'Error')
  const counters = countersOf(allOf(roots, 'Counters')[0])
  // The host crashed, or a fixture: no test has it.
  const runFailed = /^(?:Failed|Error|Aborted|Timeout)$/i.test(summary?.attributes.outcome ?? '')
  const failed = tally.cases.some(one => one.outcome === 'failed') || (counters.failed ?? 0) > 0
  if (runFailed && !failed) {
    const said = info
      .map(one => textIn(one, 'Text'))
      .filter(Boolean)
      .join('\n')
    tally.add('the run', 'failed', [
      dotnetFailure('the run', undefined, said || `the run ended as ${summary!.attributes.outcome}`, undefined),
    ])
    return tally.close({ durationMs, faults, isIncomplete: isTorn })
  }
  return tally.close({ counters, durationMs, faults, isIncomplete: isTorn })
}

/** The attribute may be left out where it has its default, and that is `Error`. */
function outcomeOf(outcome = 'Error'): Outcome {
  if (PASSED.test(outcome)) return 'passed'
  return SKIPPED.test(outcome) ? 'skipped' : 'failed'
}

function countersOf(counters: Element | undefined): Counters {
  if (counters === undefined) return {}
  const of = (name: string) => attributeCount(counters, name)
  const failed = of('failed')
  const more = (of('error') ?? 0) + (of('timeout') ?? 0) + (of('aborted') ?? 0)
  return { total: of('total'), passed: of('passed'), failed: failed === undefined ? undefined : failed + more }
}
