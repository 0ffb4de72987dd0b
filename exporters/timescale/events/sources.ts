import type { AttributeValue, LogRecord } from '../../../pipeline/model/index.ts'
import { levelOf } from '../../../pipeline/model/level.ts'
import type { Dimensions } from '../dimensions.ts'

/** A record with all that a column can be filled from. */
export interface Event {
  readonly log: LogRecord
  readonly dimensions: Dimensions
  /** Dates a record that has no time of its own. */
  readonly receivedUnixNano: bigint
}

/** A time; told apart from integers, because a column of times takes nanoseconds. */
export interface Moment {
  readonly unixNano: bigint
}

export type SourceValue = AttributeValue | Moment | undefined

export interface Source {
  readonly name: string
  readonly read: (event: Event) => SourceValue
}

/** What a column may be filled from, beside `attributes.KEY` and `resource.KEY`. */
const FIELDS = {
  time: ({ log, receivedUnixNano }) => ({
    unixNano: log.timeUnixNano || log.observedTimeUnixNano || receivedUnixNano,
  }),
  observed_time: ({ log }) => (log.observedTimeUnixNano === 0n ? undefined : { unixNano: log.observedTimeUnixNano }),
  severity: ({ log }) => levelOf(log),
  severity_number: ({ log }) => (log.severityNumber === 0 ? undefined : BigInt(log.severityNumber)),
  severity_text: ({ log }) => log.severityText || undefined,
  message: ({ log }) => (log.body === null || log.body === '' ? log.eventName : log.body),
  body: ({ log }) => log.body ?? undefined,
  event_name: ({ log }) => log.eventName,
  trace_id: ({ log }) => log.traceId || undefined,
  span_id: ({ log }) => log.spanId || undefined,
  fingerprint: ({ log }) => log.fingerprint?.id,
  service: ({ dimensions }) => dimensions.origin.service,
  environment: ({ dimensions }) => dimensions.origin.environment,
  release: ({ dimensions }) => dimensions.origin.version,
  resource_id: ({ dimensions }) => dimensions.resource.id,
  scope_id: ({ dimensions }) => dimensions.scope.id,
} satisfies Record<string, Source['read']>
export type Field = keyof typeof FIELDS

/** All attributes that no other column takes, and what else of the record none does. */
export const REST = 'attributes'

const ATTRIBUTE = 'attributes.'
const RESOURCE = 'resource.'

/** Reads the name of a source. `source` is absent for the rest, which is not one value. */
export function readSource(name: string): { readonly source?: Source; readonly fault?: string } {
  if (name === REST) return {}
  if (Object.hasOwn(FIELDS, name)) return { source: { name, read: FIELDS[name as Field] } } // its own key
  if (name.startsWith(ATTRIBUTE) && name.length > ATTRIBUTE.length) {
    const key = name.slice(ATTRIBUTE.length)
    return { source: { name, read: ({ log }) => log.attributes.get(key) ?? undefined } }
  }
  if (name.startsWith(RESOURCE) && name.length > RESOURCE.length) {
    const resourceKey = name.slice(RESOURCE.length)
    return { source: { name, read: ({ log }) => log.resource.attributes.get(resourceKey) ?? undefined } }
  }
  return { fault: `is not a place in a log record: ${Object.keys(FIELDS).join(', ')}, attributes.KEY or resource.KEY` }
}

/** Parts of a record that go into the rest where no column takes them, and the sources that do. */
const LEFTOVERS: readonly {
  readonly key: string
  readonly takers: readonly string[]
  readonly read: (log: LogRecord) => AttributeValue
}[] = [
  { key: 'record.event_name', takers: ['event_name'], read: log => log.eventName },
  { key: 'record.body', takers: ['message', 'body'], read: log => log.body },
  {
    key: 'record.severity_number',
    takers: ['severity', 'severity_number'],
    read: log => (log.severityNumber === 0 ? null : BigInt(log.severityNumber)),
  },
  {
    key: 'record.severity_text',
    takers: ['severity', 'severity_text'],
    read: log => log.severityText || null,
  },
  { key: 'record.trace_id', takers: ['trace_id'], read: log => log.traceId || null },
  { key: 'record.span_id', takers: ['span_id'], read: log => log.spanId || null },
  { key: 'record.flags', takers: [], read: log => (log.flags === 0 ? null : BigInt(log.flags)) },
  {
    key: 'record.dropped_attributes_count',
    takers: [],
    read: log => (log.droppedAttributesCount === 0 ? null : BigInt(log.droppedAttributesCount)),
  },
]

/** What none of the sources in `taken` takes of a record, so that nothing of it is lost. */
export function restOf(log: LogRecord, taken: ReadonlySet<string>): ReadonlyMap<string, AttributeValue> {
  const rest = new Map<string, AttributeValue>()
  for (const [key, value] of log.attributes) if (!taken.has(`${ATTRIBUTE}${key}`)) rest.set(key, value)
  for (const { key, takers, read } of LEFTOVERS) {
    const value = takers.some(taker => taken.has(taker)) ? null : read(log)
    if (value !== null) rest.set(key, value)
  }
  return rest
}
