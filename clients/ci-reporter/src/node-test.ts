/**
 * A reporter for node:test that `sensorium-ci report` reads, with the type and the stack of what was thrown:
 *
 *     node --test --test-reporter=spec --test-reporter-destination=stdout \
 *       --test-reporter=@sensorium/ci-reporter/node-test --test-reporter-destination=report.ndjson
 */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const startedAt = Date.now()
  const suites = new Map<string, string[]>()
  /** By the file, as it names its own test. */
  const stderr = new Map<string, string>()
  for await (const { type, data } of source) {
    if (type === 'test:start' && data !== undefined) {
      const open = suites.get(data.file ?? '') ?? []
      open[data.nesting] = data.name
      suites.set(data.file ?? '', open.slice(0, data.nesting + 1))
    }
    if (type === 'test:stderr' && data?.file !== undefined) {
      stderr.set(data.file, `${stderr.get(data.file) ?? ''}${data.message ?? ''}`.slice(-MAX_STDERR_CHARS))
    }
    if ((type !== 'test:pass' && type !== 'test:fail') || data === undefined) continue
    const { details } = data
    // A suite that fails because of its tests is told by them; one whose hook or body threw is told nowhere else.
    if (details?.type === 'suite' && (type === 'test:pass' || isOfSubtests(details.error))) continue
    // A failing test that is still to do does not fail the run.
    const isSkipped = data.skip !== undefined || data.todo !== undefined
    const isFailed = type === 'test:fail' && !isSkipped
    const line = {
      format: 'sensorium-node-test',
      name: data.name,
      file: data.file,
      line: data.line,
      suite: (suites.get(data.file ?? '') ?? []).slice(0, data.nesting).join(' > ') || undefined,
      outcome: isFailed ? 'failed' : isSkipped ? 'skipped' : 'passed',
      elapsed_ms: Date.now() - startedAt,
      error: isFailed ? (errorOfFile(details?.error, stderr.get(data.name)) ?? errorOf(details?.error)) : undefined,
    }
    yield `${JSON.stringify(line)}\n`
  }
}

/** The parts of node:test's events that are read. */
interface TestEvent {
  readonly type: string
  readonly data?: {
    readonly name: string
    /** Of test:stderr. */
    readonly message?: string
    readonly nesting: number
    readonly file?: string
    readonly line?: number
    readonly skip?: unknown
    readonly todo?: unknown
    readonly details?: { readonly type?: string; readonly error?: unknown }
  }
}

function isOfSubtests(error: unknown): boolean {
  return (error as { failureType?: unknown } | undefined)?.failureType === 'subtestsFailed'
}

/** What a file prints before it ends; the error is at its end. */
const MAX_STDERR_CHARS = 16_384
const THROWN = /^(?:Uncaught )?([A-Z]\w{0,100})(?: \[\w{1,100}\])?: (.*)\n((?: {4}at .*\n?)+)/m

/** Of a file that does not load node:test says that it failed, and Node itself why, on stderr. */
function errorOfFile(wrapped: unknown, stderr: string | undefined) {
  const { exitCode } = (wrapped ?? {}) as { exitCode?: unknown } // of a file's own failure only
  const match = typeof exitCode === 'number' && stderr !== undefined ? THROWN.exec(stderr) : null
  if (match === null) return undefined
  const [, name, message, frames] = match
  return { name, message, stack: `${name}: ${message}\n${frames!.trimEnd().replace(/ \{$/, '')}` }
}

/** node:test wraps what was thrown: the cause is the error itself. */
function errorOf(wrapped: unknown) {
  const cause = wrapped instanceof Error && wrapped.cause !== undefined ? wrapped.cause : wrapped
  // Time-outs, what node:test says of subtests, and thrown texts have no type.
  if (typeof cause !== 'object' || cause === null) return { message: String(cause) }
  const { name, message, stack } = cause as { name?: unknown; message?: unknown; stack?: unknown }
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : String(cause),
    stack: typeof stack === 'string' ? stack : undefined,
  }
}
