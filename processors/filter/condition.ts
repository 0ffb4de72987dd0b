import type { AttributeValue, Item, LogRecord, Signal, Span } from '../../pipeline/model/index.ts'
import { isAttributes } from '../../pipeline/model/index.ts'
import { type Condition, SEVERITIES, SPAN_KINDS, SPAN_STATUSES } from './config.ts'
import { compileTest, type Test } from './value-test.ts'

export type Predicate = (item: Item) => boolean

/**
 * Whether a record meets a condition: all its keys hold. What a record does not have (a span's severity, the body of a
 * data point) holds for no record.
 */
export function compileCondition(condition: Condition): Predicate {
  const parts: Predicate[] = []
  const { signal, service, scope, name, body, not } = condition
  if (signal !== undefined) parts.push(item => signalOf(item) === signal)
  if (service !== undefined) parts.push(on(service, item => item.resource.attributes.get('service.name')))
  if (scope !== undefined) parts.push(on(scope, item => item.scope.name || undefined))
  if (name !== undefined) parts.push(on(name, item => nameOf(item) || undefined))
  if (body !== undefined) {
    const holds = compileTest(body)
    parts.push(onLog(log => holds(log.body)))
  }
  for (const [key, test] of Object.entries(condition.resource ?? {})) {
    parts.push(on(test, item => item.resource.attributes.get(key)))
  }
  for (const [key, test] of Object.entries(condition.attributes ?? {})) {
    parts.push(on(test, item => item.attributes.get(key)))
  }
  for (const [key, test] of Object.entries(condition.body_fields ?? {})) {
    const holds = compileTest(test)
    parts.push(onLog(log => isAttributes(log.body) && holds(log.body.get(key))))
  }
  parts.push(...severityParts(condition), ...spanParts(condition))
  if (not !== undefined) {
    const isMet = compileCondition(not)
    parts.push(item => !isMet(item))
  }
  return item => parts.every(holds => holds(item))
}

function severityParts({ severity_below: below, severity_at_least: atLeast }: Condition): Predicate[] {
  const parts: Predicate[] = []
  if (below !== undefined) {
    parts.push(onLog(log => log.severityNumber > 0 && log.severityNumber < SEVERITIES[below]))
  }
  if (atLeast !== undefined) parts.push(onLog(log => log.severityNumber >= SEVERITIES[atLeast]))
  return parts
}

function spanParts(condition: Condition): Predicate[] {
  const { span_kind: kind, span_status: status } = condition
  const { duration_below_ms: below, duration_at_least_ms: atLeast } = condition
  const parts: Predicate[] = []
  if (kind !== undefined) parts.push(onSpan(span => span.kind === SPAN_KINDS.indexOf(kind)))
  if (status !== undefined) parts.push(onSpan(span => span.statusCode === SPAN_STATUSES.indexOf(status)))
  if (below !== undefined) parts.push(onSpan(span => durationMs(span) < below))
  if (atLeast !== undefined) parts.push(onSpan(span => durationMs(span) >= atLeast))
  return parts
}

const NANOSECONDS_PER_MS = 1e6

/** NaN where the span has not ended, so that no comparison holds. */
function durationMs({ startTimeUnixNano, endTimeUnixNano }: Span): number {
  return endTimeUnixNano === 0n ? Number.NaN : Number(endTimeUnixNano - startTimeUnixNano) / NANOSECONDS_PER_MS
}

function on(test: Parameters<typeof compileTest>[0], read: (item: Item) => AttributeValue | undefined): Predicate {
  const holds: Test = compileTest(test)
  return item => holds(read(item))
}

function onLog(holds: (log: LogRecord) => boolean): Predicate {
  return item => 'severityNumber' in item && holds(item)
}

function onSpan(holds: (span: Span) => boolean): Predicate {
  return item => 'statusCode' in item && holds(item)
}

function nameOf(item: Item): string {
  if ('metric' in item) return item.metric.name
  return 'eventName' in item ? item.eventName : item.name
}

function signalOf(item: Item): Signal {
  if ('metric' in item) return 'metrics'
  return 'eventName' in item ? 'logs' : 'traces'
}
