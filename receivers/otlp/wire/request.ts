import type { ItemOf, Signal } from '../../../pipeline/model/index.ts'
import { Budget, type DecodeLimits } from './budget.ts'
import { readText } from './delimited.ts'
import { MalformedRequestError, RecordFault } from './faults.ts'
import { readLogRecord } from './logs.ts'
import { readMetric } from './metrics.ts'
import { Reader } from './reader.ts'
import { type Decoded, type Origin, readRecord, readSharedField } from './record.ts'
import { type Draft, draftResource, draftScope } from './resource.ts'
import { fields, skipField, skipUnknown } from './skip.ts'
import { readSpan } from './traces.ts'

const REQUEST = fields(1)
const GROUP = fields(1, 2, 3)

/** Books what one field of a Scope… message holds: a span, a log record, or a metric with all its points. */
type ReadEntry<S extends Signal> = (
  reader: Reader,
  into: Decoded<S>,
  from: Origin,
  shared: RecordFault | undefined,
) => void

const READ_ENTRY: { readonly [S in Signal]: ReadEntry<S> } = {
  traces: (reader, into, from, shared) => readRecord(reader, into.items, into.rejected, readSpan, from, shared, 'span'),
  logs: (reader, into, from, shared) =>
    readRecord(reader, into.items, into.rejected, readLogRecord, from, shared, 'log record'),
  metrics: readMetric,
}

/**
 * Decodes a protobuf Export…ServiceRequest. A fault inside a record rejects that record; a faulty resource, scope or
 * metric rejects the records under it. Nothing in the result refers to `body`.
 * @throws MalformedRequestError when the framing around the records is broken, or the records are too many for `limits`
 */
export function decodeProtobuf<S extends Signal>(signal: S, body: Buffer, limits: DecodeLimits): Decoded<S> {
  const reader = new Reader(body, new Budget(body.length, limits))
  const items: ItemOf[S][] = []
  const into: Decoded<S> = { items, rejected: [] }
  try {
    while (reader.pos < reader.end) {
      const tag = reader.tag()
      if (tag === 0x0a) readResourceGroup(reader, into, READ_ENTRY[signal])
      else skipUnknown(reader, tag, REQUEST)
    }
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error
    throw new MalformedRequestError(`the request is not a protobuf message of OTLP ${signal}: ${error.message}`)
  }
  return into
}

/**
 * ResourceSpans, ResourceLogs, ResourceMetrics: alike but for what the innermost field holds. Twice over the same bytes,
 * since protobuf allows the resource, and encoders do write the schema URL, after the records.
 */
function readResourceGroup<S extends Signal>(reader: Reader, into: Decoded<S>, readEntry: ReadEntry<S>): void {
  const outer = reader.open()
  const start = reader.pos
  const head = readHead(reader, draftResource())
  reader.pos = start
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x12) readScopeGroup(reader, into, readEntry, head.value, head.fault)
    else skipField(reader, tag)
  }
  reader.end = outer
}

function readScopeGroup<S extends Signal>(
  reader: Reader,
  into: Decoded<S>,
  readEntry: ReadEntry<S>,
  resource: Origin['resource'],
  resourceFault: RecordFault | undefined,
): void {
  const outer = reader.open()
  const start = reader.pos
  const head = readHead(reader, draftScope())
  const from = { resource, scope: head.value }
  const shared = resourceFault ?? head.fault
  reader.pos = start
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x12) readEntry(reader, into, from, shared)
    else skipField(reader, tag)
  }
  reader.end = outer
}

/** Fields 1 and 3 of the message being read; a fault inside field 1 is kept for the records under it. */
function readHead<Head>(reader: Reader, draft: Draft<Head>): { readonly value: Head; readonly fault?: RecordFault } {
  let schemaUrl = ''
  let fault: RecordFault | undefined
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x0a) {
      const found = readSharedField(reader, tag, draft, readDraft)
      fault ??= found
    } else if (tag === 0x1a) schemaUrl = readText(reader)
    else if (tag === 0x12) skipField(reader, tag)
    else skipUnknown(reader, tag, GROUP)
  }
  const value = draft.finish(schemaUrl)
  return fault === undefined ? { value } : { value, fault }
}

function readDraft(reader: Reader, _tag: number, draft: Draft<unknown>): void {
  draft.read(reader)
}
