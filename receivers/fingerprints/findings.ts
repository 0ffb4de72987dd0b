import { type BatchOf, hexOf, type LogRecord, type Resource, type Scope } from '../../pipeline/model/index.ts'
import type { Finding } from '../../store/fingerprints/outbox.ts'

const SEVERITY_WARN = 13
const NO_DROPS: ReadonlyMap<string, number> = new Map()
const RESOURCE: Resource = {
  attributes: new Map([['service.name', 'sensorium']]),
  droppedAttributesCount: 0,
  schemaUrl: '',
  entityRefs: [],
}
const SCOPE: Scope = {
  name: 'sensorium.findings',
  version: '',
  attributes: new Map(),
  droppedAttributesCount: 0,
  schemaUrl: '',
}
const SENTENCES: Record<Finding['type'], string> = { new_fingerprint: 'first seen', regressed: 'resolved and back' }

/**
 * Findings are log records like any other, so pipelines route them. The batch's id is the finding's: what is sent again
 * is stored once.
 */
export function findingBatch(receiver: string, finding: Finding): BatchOf<'logs'> {
  const { id, type, template, services, release } = finding
  const time = BigInt(finding.foundAt.getTime()) * 1_000_000n
  const record: LogRecord = {
    resource: RESOURCE,
    scope: SCOPE,
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber: SEVERITY_WARN,
    severityText: 'WARN',
    body: `${SENTENCES[type]}: ${template}`,
    attributes: new Map<string, string | bigint | readonly string[]>([
      ['finding.type', type],
      ['finding.fingerprint', hexOf(finding.fingerprint)],
      ['finding.kind', finding.kind],
      ['finding.severity_number', BigInt(finding.severityNumber)],
      ['finding.services', services],
      ...(release === null ? [] : [['finding.release', release] as const]),
    ]),
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: `finding.${type}`,
  }
  const account = { receiver, received: 1, dropped: NO_DROPS, rejected: [] }
  return { id: `finding/${id}`, signal: 'logs', items: [record], bytes: template.length + 300, account }
}
