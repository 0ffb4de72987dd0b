import { DiagLogLevel, diag } from '@opentelemetry/api'

/** What the SDK only says through its diagnostic logger. */
export interface Diagnostics {
  /** The partial success of the answer that is being handled, if it had one; each is given once. */
  takePartialSuccess(): PartialSuccess | undefined
  /** Other warnings of the SDK: an attribute dropped, a queue full. A healthy run has none. */
  warnings(): readonly string[]
  stop(): void
}

interface PartialSuccess {
  readonly rejected: number
  readonly message: string
}

const MAX_WARNINGS = 20

/**
 * Listens to the SDK. Its exporters hand the body of a partial success to this logger and to nobody else, just before
 * they report the export as a success, so this is the one way to learn that records were refused.
 */
export function listenToSdk(): Diagnostics {
  let partialSuccess: PartialSuccess | undefined
  const warnings: string[] = []
  const note = (...parts: readonly unknown[]): void => {
    partialSuccess = parts.map(readPartialSuccess).find(found => found !== undefined) ?? partialSuccess
    if (warnings.length < MAX_WARNINGS) warnings.push(parts.map(String).join(' '))
  }
  const silent = (): void => {}
  diag.setLogger(
    { error: note, warn: note, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  return {
    takePartialSuccess() {
      const taken = partialSuccess
      partialSuccess = undefined
      return taken
    },
    warnings: () => warnings,
    stop: () => diag.disable(),
  }
}

/** ExportTracePartialSuccess and its two siblings, as JSON: `rejectedSpans`, `rejectedLogRecords`, `rejectedDataPoints`. */
function readPartialSuccess(part: unknown): PartialSuccess | undefined {
  if (typeof part !== 'string' || !part.startsWith('{')) return undefined
  const fields = new Map<string, unknown>(Object.entries(JSON.parse(part)))
  const rejectedKey = [...fields.keys()].find(key => key.startsWith('rejected'))
  if (rejectedKey === undefined) return undefined
  return { rejected: Number(fields.get(rejectedKey)), message: String(fields.get('errorMessage') ?? 'no reason given') }
}
