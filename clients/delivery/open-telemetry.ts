/**
 * What clients ask of the OpenTelemetry that the application runs, whatever its version 1.x of the API: the API keeps
 * one state for all its copies under a registered symbol, and the keys of a context are registered symbols, too. So no
 * client depends on the API or has to find a copy of it.
 */
const API = Symbol.for('opentelemetry.js.api.1')
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN')
const IS_SUPPRESSED = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

interface Context {
  getValue(key: symbol): unknown
  setValue(key: symbol, value: unknown): Context
}
interface ContextManager {
  active(): Context
  with<T>(context: Context, work: () => T): T
}

/** Undefined where no OpenTelemetry is set up. */
function contextManager(): ContextManager | undefined {
  const api = Reflect.get(globalThis, API) as { readonly context?: ContextManager } | undefined // of the API, which says so
  return api?.context
}

/**
 * Runs `work` as something that nobody traces: a delivery is no doing of the request whose records it carries, and a
 * trace of deliveries would be delivered in its turn.
 */
export function untraced<T>(work: () => T): T {
  let manager: ContextManager | undefined
  let context: Context | undefined
  try {
    manager = contextManager()
    context = manager?.active().setValue(IS_SUPPRESSED, true)
  } catch {
    // An API of another kind: the delivery goes on all the same.
  }
  return manager === undefined || context === undefined ? work() : manager.with(context, work)
}

export interface SpanIds {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
}

/** Of the active span; undefined outside of one, and where there is no OpenTelemetry. Never throws. */
export function activeSpanIds(): SpanIds | undefined {
  try {
    const span = contextManager()?.active().getValue(SPAN) as { spanContext(): SpanIds } | undefined // of that key
    const ids = span?.spanContext()
    return ids !== undefined && isId(ids.traceId, 32) && isId(ids.spanId, 16) ? ids : undefined
  } catch {
    return undefined
  }
}

function isId(id: unknown, length: number): boolean {
  return typeof id === 'string' && id.length === length && /^[0-9a-f]*[1-9a-f][0-9a-f]*$/.test(id)
}
