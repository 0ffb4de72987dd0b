/** A span as far as it tells who called whom. */
export interface CallSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | null
  readonly service: string
  readonly environment: string
  readonly kind: string
  /** The name that its operation is counted by. */
  readonly operation: string
  /** What its own attributes say of the other side. */
  readonly peer: { readonly kind: string; readonly name: string } | undefined
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
}

/** That a service answered at a place. */
export interface Call {
  readonly environment: string
  readonly caller: string
  /** As calls are counted by; `operation` and the operation's name where the span tells of no other side. */
  readonly peerKind: string
  readonly peer: string
  readonly callee: string
  readonly isAsync: boolean
}

const CALLS = new Set(['client', 'producer'])

/**
 * The calls between services that spans tell of, one for each: a span whose parent is of another service, or is a call
 * within one (a service may call itself), and a consumer whose parent or link is the span that sent the message.
 */
export function callsOf(spans: readonly CallSpan[]): Call[] {
  const byId = new Map(spans.map(span => [idOf(span.traceId, span.spanId), span]))
  return spans.flatMap(span => {
    if (span.kind !== 'server' && span.kind !== 'consumer') return []
    const parent = span.parentSpanId === null ? undefined : byId.get(idOf(span.traceId, span.parentSpanId))
    const linked = span.kind === 'consumer' ? span.links.map(link => byId.get(idOf(link.traceId, link.spanId))) : []
    const callers = new Set([parent, ...linked].filter(caller => caller !== undefined))
    return [...callers].flatMap(caller => callBetween(caller, span) ?? [])
  })
}

function callBetween(caller: CallSpan, callee: CallSpan): Call | undefined {
  const isCall = CALLS.has(caller.kind)
  if (!isCall && caller.service === callee.service) return undefined
  const peer = isCall ? (caller.peer ?? { kind: 'operation', name: caller.operation }) : undefined
  return {
    environment: caller.environment,
    caller: caller.service,
    peerKind: peer?.kind ?? 'in_process',
    peer: peer?.name ?? callee.operation,
    callee: callee.service,
    isAsync: caller.kind === 'producer' || callee.kind === 'consumer',
  }
}

function idOf(traceId: string, spanId: string): string {
  return `${traceId} ${spanId}`
}
