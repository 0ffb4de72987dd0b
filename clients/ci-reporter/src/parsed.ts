/** What a report of any tool says, in the words of Sensorium's `POST /ingest/ci`. */
export interface Parsed {
  /** Undefined where the tool runs no tests. */
  readonly tests: TestCounts | undefined
  readonly failures: readonly TestFailure[]
  readonly lint: readonly LintFailure[]
  /** What is wrong with the report, or missing from it, each as a sentence that goes on after the file's name. */
  readonly faults: readonly string[]
  /** What the report itself counts, where it does; `tests` was compared with it. */
  readonly counters?: Counters | undefined
  /** Every test with its outcome, by which two reports of one run are known. */
  readonly cases?: readonly Case[] | undefined
  /** Something of the run is missing from the report: it ended early, or was cut off. */
  readonly isIncomplete?: boolean | undefined
}

export type Outcome = 'passed' | 'failed' | 'skipped'

export interface Case {
  readonly name: string
  readonly outcome: Outcome
}

export interface TestCounts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly durationMs: number
}

/** A sum is undefined where the report has none. */
export interface Counters {
  readonly total?: number | undefined
  readonly passed?: number | undefined
  readonly failed?: number | undefined
  readonly skipped?: number | undefined
}

export interface TestFailure {
  readonly test_name: string
  readonly test_file?: string | undefined
  readonly suite_name?: string | undefined
  readonly error_type?: string | undefined
  readonly error_message: string
  readonly error_stack?: string | undefined
  readonly file_path?: string | undefined
  readonly line_number?: number | undefined
  /** The try of this test that failed, from 1, where the tool tells; else it is the attempt of the whole run. */
  readonly attempt?: number | undefined
  readonly outcome: 'failed' | 'passed_on_retry'
}

export interface LintFailure {
  readonly rule: string
  readonly severity: 'error' | 'warning' | 'info'
  readonly message: string
  readonly file_path: string
  readonly line_number?: number | undefined
  readonly column_number?: number | undefined
  readonly source?: string | undefined
  readonly tool: string
}

/** The text is not what the format says: the message tells what is wrong with it. It does not leave `parseReport`. */
export class ReportFault extends Error {
  override readonly name = 'ReportFault'
}

export function lintReport(lint: readonly LintFailure[], faults: readonly string[] = []): Parsed {
  return { tests: undefined, failures: [], lint, faults }
}
