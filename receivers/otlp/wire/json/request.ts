import type { ItemOf, Resource, Scope, Signal } from '../../../../pipeline/model/index.ts'
import { Budget, type DecodeLimits } from '../budget.ts'
import { MalformedRequestError, RecordFault } from '../faults.ts'
import type { Decoded, Origin } from '../record.ts'
import { readLogRecord } from './logs.ts'
import { readMetric } from './metrics.ts'
import { field, type JsonObject, list, object } from './objects.ts'
import { parseJson } from './parse.ts'
import { readRecord } from './record.ts'
import { readResource, readScope } from './resource.ts'
import { text } from './scalars.ts'
import { readSpan } from './traces.ts'

/** Books one entry of a Scope… message: a span, a log record, or a metric with all its points. */
type ReadEntry<S extends Signal> = (
  value: unknown,
  into: Decoded<S>,
  from: Origin,
  shared: RecordFault | undefined,
  budget: Budget,
) => void

/** The two names of the repeated fields on the way to the records, and what reads those. */
interface Layout<S extends Signal> {
  readonly resources: readonly [string, string]
  readonly scopes: readonly [string, string]
  readonly entries: readonly [string, string]
  readonly read: ReadEntry<S>
}

const LAYOUT: { readonly [S in Signal]: Layout<S> } = {
  traces: {
    resources: ['resourceSpans', 'resource_spans'],
    scopes: ['scopeSpans', 'scope_spans'],
    entries: ['spans', 'spans'],
    read: (value, into, from, shared, budget) =>
      readRecord(value, into.items, into.rejected, readSpan, from, shared, 'span', budget),
  },
  logs: {
    resources: ['resourceLogs', 'resource_logs'],
    scopes: ['scopeLogs', 'scope_logs'],
    entries: ['logRecords', 'log_records'],
    read: (value, into, from, shared, budget) =>
      readRecord(value, into.items, into.rejected, readLogRecord, from, shared, 'log record', budget),
  },
  metrics: {
    resources: ['resourceMetrics', 'resource_metrics'],
    scopes: ['scopeMetrics', 'scope_metrics'],
    entries: ['metrics', 'metrics'],
    read: readMetric,
  },
}

/**
 * Decodes an OTLP/JSON request; the same promises as `decodeProtobuf`.
 * @throws MalformedRequestError when the body is not JSON, when what is around the records is not OTLP, or when the
 * records are too many for `limits`
 */
export function decodeJson<S extends Signal>(signal: S, body: Buffer, limits: DecodeLimits): Decoded<S> {
  const items: ItemOf[S][] = []
  const into: Decoded<S> = { items, rejected: [] }
  const budget = new Budget(body.length, limits)
  const layout: Layout<S> = LAYOUT[signal]
  try {
    const request = object(parseJson(body))
    for (const group of list(field(request, ...layout.resources))) readGroup(object(group), layout, into, budget)
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error
    throw new MalformedRequestError(`the request is not OTLP/JSON of ${signal}: ${error.message}`)
  }
  return into
}

function readGroup<S extends Signal>(group: JsonObject, layout: Layout<S>, into: Decoded<S>, budget: Budget): void {
  const resource = shared(field(group, 'resource'), schemaUrl(group), readResource, budget)
  for (const value of list(field(group, ...layout.scopes))) {
    const inner = object(value)
    const scope = shared(field(inner, 'scope'), schemaUrl(inner), readScope, budget)
    const from = { resource: resource.value, scope: scope.value }
    const fault = resource.fault ?? scope.fault
    for (const entry of list(field(inner, ...layout.entries))) layout.read(entry, into, from, fault, budget)
  }
}

function schemaUrl(group: JsonObject): string {
  return text(field(group, 'schemaUrl', 'schema_url'))
}

/** A resource or scope; a fault in it is kept for the records under it. */
function shared<T extends Resource | Scope>(
  value: unknown,
  schemaUrl: string,
  read: (value: unknown, schemaUrl: string, budget: Budget) => T,
  budget: Budget,
): { readonly value: T; readonly fault?: RecordFault } {
  try {
    return { value: read(value ?? {}, schemaUrl, budget) }
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error
    return { value: read({}, schemaUrl, budget), fault: error }
  }
}
