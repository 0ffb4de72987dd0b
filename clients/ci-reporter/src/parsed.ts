/** What a report of any tool says, in the words of Sensorium's `POST /ingest/ci`. */
export interface Parsed {
  readonly tests: TestCounts | undefined
  readonly failures: readonly TestFailure[]
  readonly lint: readonly LintFailure[]
}

export interface TestCounts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly durationMs: number
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
  readonly tool: 'tsc' | 'eslint' | 'biome'
}

/** The text is not what the format says: the message tells what is wrong with it. */
export class ReportFault extends Error {
  override readonly name = 'ReportFault'
}

/** Longer messages and stacks say no more, and a report must fit into a request. */
const MAX_MESSAGE_CHARS = 8_192
const MAX_STACK_CHARS = 16_384

/** An error as a test runner prints it: `TypeError: x` and a stack, or any text. */
export function errorOf(
  text: string,
  type?: string,
): Pick<TestFailure, 'error_type' | 'error_message' | 'error_stack'> {
  const plain = text.replaceAll(ANSI, '').replaceAll('\r\n', '\n').trim()
  const lines = plain.split('\n')
  const header =
    /^(?:Uncaught )?((?:[A-Za-z_$][\w$.]*)?(?:Error|Exception|Failure|Warning)\w*)(?: \[[\w.]+\])?(?:: ([\s\S]*))?$/.exec(
      lines[0] ?? '',
    )
  const firstFrame = lines.findIndex(line => /^\s+at \S|^\s*File "/.test(line))
  const above = firstFrame < 0 ? lines : lines.slice(0, firstFrame)
  const message = header === null ? above.join('\n') : [header[2] ?? '', ...above.slice(1)].join('\n')
  return {
    error_type: header?.[1] ?? (type || undefined),
    error_message: cut(message.trim() || header?.[1] || plain || type || 'failed', MAX_MESSAGE_CHARS),
    error_stack: firstFrame < 0 ? undefined : cut(plain, MAX_STACK_CHARS),
  }
}

/** Colours, as terminals take them. */
const ANSI = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, 'g')

export function cut(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars)}… (${text.length} characters)`
}

/** Where a stack first leaves what is not the project's own: the line to look at. */
export function placeOf(stack: string | undefined): Pick<TestFailure, 'file_path' | 'line_number'> {
  for (const line of stack?.split('\n') ?? []) {
    const match = /\(?((?:file:\/\/)?(?:\/|[A-Za-z]:\\|\.{0,2}[\w@-])[^():]*?\.\w{1,5}):(\d+)(?::\d+)?\)?\s*$/.exec(
      line,
    )
    if (match === null || !/^\s+at /.test(line) || /node:|node_modules/.test(line)) continue
    return { file_path: match[1]!.replace(/^file:\/\//, ''), line_number: Number(match[2]) }
  }
  return {}
}

/** A report of nothing, which formats add to. */
export function emptyCounts(): { passed: number; failed: number; skipped: number; durationMs: number } {
  return { passed: 0, failed: 0, skipped: 0, durationMs: 0 }
}

type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined
}

/** @throws ReportFault */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new ReportFault(`is not JSON: ${error instanceof Error ? error.message : 'cannot be read'}`)
  }
}
