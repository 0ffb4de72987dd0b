import type { RecordCounts } from '../component.ts'
import { type BatchOf, NO_ATTRIBUTES } from '../model/index.ts'

/** A log batch of `count` minimal records; enough where only the way of a batch matters. */
export function logBatch(id: string, count = 1, bytes = 10): BatchOf<'logs'> {
  const resource = { attributes: NO_ATTRIBUTES, droppedAttributesCount: 0, schemaUrl: '', entityRefs: [] }
  const scope = { name: '', version: '', attributes: NO_ATTRIBUTES, droppedAttributesCount: 0, schemaUrl: '' }
  const items = Array.from({ length: count }, (_, i) => ({
    resource,
    scope,
    timeUnixNano: 1_700_000_000_000_000_000n + BigInt(i),
    observedTimeUnixNano: 0n,
    severityNumber: 9,
    severityText: 'INFO',
    body: `record ${i}`,
    attributes: NO_ATTRIBUTES,
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
  }))
  const account = { receiver: 'test', received: count, dropped: new Map<string, number>(), rejected: [] }
  return { id, signal: 'logs', items, bytes, account }
}

/** Keeps what was booked, as `outcome component reason` → records. */
export function recordingCounts(): RecordCounts & { readonly booked: Map<string, number> } {
  const booked = new Map<string, number>()
  const add = (key: string, records: number) => void booked.set(key, (booked.get(key) ?? 0) + records)
  return {
    booked,
    accepted: (receiver, _signal, n) => add(`accepted ${receiver}`, n),
    refused: (receiver, _signal, reason, n) => add(`refused ${receiver} ${reason}`, n),
    stored: (exporter, _receiver, _signal, n) => add(`stored ${exporter}`, n),
    deduplicated: (exporter, _receiver, _signal, n) => add(`deduplicated ${exporter}`, n),
    dropped: (component, _receiver, _signal, reason, n) => add(`dropped ${component} ${reason}`, n),
  }
}
