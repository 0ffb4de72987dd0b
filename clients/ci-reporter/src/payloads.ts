import type { RunEnvironment } from './environment.ts'
import type { Parsed, TestCounts } from './parsed.ts'
import { limited } from './rows.ts'
import { relativePaths, sourceLines } from './source-lines.ts'

/** `POST /ingest/ci` takes 4 MiB (4,194,304 bytes); the rest is for the run itself and its metadata. */
const MAX_ROW_BYTES_OF_BODY = 4_000_000
/** Half of what Sensorium takes of a kind in one request. */
const MAX_ROWS_OF_BODY = 5_000
/** Of one report: a run in which everything failed must not push every older report out of the spool. */
const MAX_ROW_BYTES = 32_000_000

export interface BuildEvent {
  readonly event_type: 'build_start' | 'build_complete' | 'deploy_start' | 'deploy_complete'
  readonly status: 'success' | 'failure' | 'cancelled' | 'in_progress'
  readonly environment?: string | undefined
  /** ISO 8601, as the next one. */
  readonly started_at?: string | undefined
  readonly completed_at?: string | undefined
  readonly error_message?: string | undefined
  readonly artifacts?: readonly string[] | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

export interface PayloadOptions {
  /** Where the tools ran, and the top of the repository. */
  readonly folder: string
  readonly root: string
  /** ISO 8601: when the run was. */
  readonly timestamp: string
  /** Folders whose lines of code may leave the machine. */
  readonly sourceFolders: readonly string[]
  readonly buildEvents: readonly BuildEvent[]
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** Of the run, where it is not what the reports say. */
  readonly outcome?: RunOutcome | undefined
}

/** `incomplete`: no failure is known, and something of the run is missing. `unreadable`: a report could not be read. */
export type RunOutcome = 'passed' | 'failed' | 'incomplete' | 'unreadable'

export interface Payloads {
  /** Of the requests, in order: the first has the run, the next ones name it. */
  readonly bodies: readonly string[]
  /** Texts that were longer than Sensorium takes. */
  readonly cut: number
  /** Rows beyond what one report may hold. */
  readonly dropped: number
}

/** Joins reports to one run. Without a report (`parsed` is empty) there are the build events only, and no run. */
export function buildPayloads(
  parsed: readonly Parsed[],
  environment: RunEnvironment,
  options: PayloadOptions,
): Payloads {
  let cut = 0
  const onCut = () => {
    cut += 1
  }
  const relative = relativePaths(options.folder, options.root)
  const withSource = sourceLines(options.root, options.sourceFolders)
  const row = (kind: Row['kind'], value: object): Row => {
    const json = JSON.stringify(value)
    return { kind, json, bytes: Buffer.byteLength(json) + 1 }
  }
  // What is most worth having comes first: a report that is too large loses its end.
  const rows = [
    ...options.buildEvents.map(event => row('build_events', event)),
    ...parsed.flatMap(({ failures }) => failures.map(one => row('test_failures', limited(relative(one), onCut)))),
    ...parsed.flatMap(({ lint }) => lint.map(one => row('lint_failures', limited(withSource(relative(one)), onCut)))),
  ]
  const { parts, dropped } = split(rows)
  const reference = { ...environment, timestamp: options.timestamp }
  const run = {
    ...reference,
    outcome: options.outcome ?? outcomeOf(parsed),
    ...countsOf(parsed),
    metadata: { ...options.metadata, ...noted({ cut, dropped }) },
  }
  const hasRun = parsed.length > 0 || options.outcome !== undefined
  if (parts.length === 0 && hasRun) parts.push([])
  const bodies = parts.map((part, i) => {
    const head = i === 0 && hasRun ? JSON.stringify({ run }) : JSON.stringify({ run_reference: reference })
    return `${head.slice(0, -1)}${grouped(part)}}`
  })
  return { bodies, cut, dropped }
}

interface Row {
  readonly kind: 'build_events' | 'test_failures' | 'lint_failures'
  readonly json: string
  readonly bytes: number
}

function split(rows: readonly Row[]): { readonly parts: Row[][]; readonly dropped: number } {
  const parts: Row[][] = []
  let ofPart = 0
  let total = 0
  for (const [i, row] of rows.entries()) {
    total += row.bytes
    if (total > MAX_ROW_BYTES) return { parts, dropped: rows.length - i }
    const last = parts.at(-1)
    if (last === undefined || ofPart + row.bytes > MAX_ROW_BYTES_OF_BODY || last.length === MAX_ROWS_OF_BODY) {
      parts.push([row])
      ofPart = row.bytes
    } else {
      last.push(row)
      ofPart += row.bytes
    }
  }
  return { parts, dropped: 0 }
}

/** The rows were made to JSON when they were weighed: they are put together as they are. */
function grouped(rows: readonly Row[]): string {
  const kinds = [...new Set(rows.map(({ kind }) => kind))]
  return kinds
    .map(kind => {
      const same = rows.filter(row => row.kind === kind)
      return `,"${kind}":[${same.map(({ json }) => json).join(',')}]`
    })
    .join('')
}

/** Errors of a linter are failures of its run. */
export function outcomeOf(parsed: readonly Parsed[]): Exclude<RunOutcome, 'unreadable'> {
  const isFailed = parsed.some(
    ({ tests, lint }) => (tests?.failed ?? 0) > 0 || lint.some(one => one.severity === 'error'),
  )
  if (isFailed) return 'failed'
  const tested = parsed.flatMap(({ tests }) => (tests === undefined ? [] : [tests.passed + tests.skipped]))
  // A run that was to test something and tested nothing is no success.
  const isEmpty = tested.length > 0 && tested.every(count => count === 0)
  return isEmpty || parsed.some(one => one.isIncomplete === true) ? 'incomplete' : 'passed'
}

/** Counts that are not zero. */
function noted(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
}

function countsOf(parsed: readonly Parsed[]) {
  const sum = (of: (tests: TestCounts) => number) =>
    parsed.reduce((total, { tests }) => total + (tests === undefined ? 0 : of(tests)), 0)
  const passed_tests = sum(tests => tests.passed)
  const failed_tests = sum(tests => tests.failed)
  const skipped_tests = sum(tests => tests.skipped)
  return {
    total_tests: passed_tests + failed_tests + skipped_tests,
    passed_tests,
    failed_tests,
    skipped_tests,
    duration_ms: Math.min(
      sum(tests => Math.round(tests.durationMs)),
      2_147_483_647,
    ),
  }
}
