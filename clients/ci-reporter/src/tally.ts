import { MAX_COUNT } from './json.ts'
import type { Case, Counters, Outcome, Parsed, TestFailure } from './parsed.ts'

export interface Closing {
  readonly counters?: Counters | undefined
  readonly durationMs?: number | undefined
  readonly faults?: readonly string[] | undefined
  readonly isIncomplete?: boolean | undefined
}

/** Counts the tests of a report, and compares them at the end with what the report counts itself. */
export function openTally() {
  const cases: Case[] = []
  const failures: TestFailure[] = []
  return {
    cases,
    add(name: string, outcome: Outcome, rows: readonly TestFailure[] = []): void {
      cases.push({ name, outcome })
      failures.push(...rows)
    },
    close({ counters = {}, durationMs = 0, faults = [], isIncomplete = false }: Closing = {}): Parsed {
      const of = (outcome: Outcome) => cases.reduce((sum, one) => sum + (one.outcome === outcome ? 1 : 0), 0)
      const read = { total: cases.length, passed: of('passed'), failed: of('failed'), skipped: of('skipped') }
      const differences = differencesOf(counters, read)
      const tests = reconciled(counters, read)
      const untold = tests.failed - read.failed
      const hasCounters = Object.values(counters).some(count => count !== undefined)
      return {
        tests: { ...tests, durationMs: Math.min(Math.max(Math.round(durationMs), 0), MAX_COUNT) },
        failures: untold > 0 ? [...failures, untoldFailure(untold)] : failures,
        lint: [],
        faults: differences === '' ? faults : [...faults, differences],
        ...(hasCounters ? { counters } : {}),
        cases,
        ...(isIncomplete || isMore(counters, read) ? { isIncomplete: true } : {}),
      }
    },
  }
}

type Sums = Readonly<Record<'total' | 'passed' | 'failed' | 'skipped', number>>

function differencesOf(counters: Counters, read: Sums): string {
  const keys = ['total', 'passed', 'failed', 'skipped'] as const
  const told = keys
    .filter(key => counters[key] !== undefined && counters[key] !== read[key])
    .map(key => `${counters[key]} ${key === 'total' ? 'tests' : key} and has ${read[key]}`)
  return told.length === 0 ? '' : `counts ${told.join(', ')}`
}

/** What is only counted is told nowhere: something of the run is missing. */
function isMore(counters: Counters, read: Sums): boolean {
  return (counters.total ?? 0) > read.total || (counters.failed ?? 0) > read.failed
}

/**
 * The larger count of failures holds, as no report may look better than it is. Tests that are only counted are of the
 * outcome that the counters leave for them.
 */
function reconciled(counters: Counters, read: Sums): Omit<Sums, 'total'> {
  const failed = Math.max(read.failed, counters.failed ?? 0)
  const total = Math.max(read.total, counters.total ?? 0, failed)
  let unlisted = total - read.total
  // Failures that are only counted are among the tests that are only counted, and else among those that seemed to pass.
  const untold = failed - read.failed
  const fromListed = Math.max(0, untold - unlisted)
  unlisted = Math.max(0, unlisted - untold)
  const moreSkipped = Math.min(unlisted, Math.max(0, (counters.skipped ?? 0) - read.skipped))
  const fromPassed = Math.min(read.passed, fromListed)
  // A suite that was skipped as a whole lists its tests as if they had run.
  const unmarked = Math.max(0, (counters.skipped ?? 0) - read.skipped - moreSkipped)
  const skipped =
    read.skipped + moreSkipped - (fromListed - fromPassed) + Math.min(unmarked, Math.max(0, read.passed - fromPassed))
  return { passed: total - failed - skipped, failed, skipped }
}

function untoldFailure(count: number): TestFailure {
  return {
    test_name: 'failures without a test',
    error_message: `${count} ${count === 1 ? 'failure' : 'failures'} that the report counts and does not tell`,
    outcome: 'failed',
  }
}
