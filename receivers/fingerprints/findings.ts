import { createHash } from 'node:crypto'
import type { BatchOf, LogRecord, Scope } from '../../pipeline/model/index.ts'
import type { NewFingerprint } from '../../store/fingerprints/fold.ts'

const SEVERITY_WARN = 13
const NO_DROPS: ReadonlyMap<string, number> = new Map()

/**
 * Findings are log records like any other, so pipelines route them. The batch's id follows from what was found: two
 * processes that find the same store it once.
 */
export function newFingerprintFindings(receiver: string, found: readonly NewFingerprint[]): BatchOf<'logs'> {
  const resource = {
    attributes: new Map([['service.name', 'sensorium']]),
    droppedAttributesCount: 0,
    schemaUrl: '',
    entityRefs: [],
  }
  const scope: Scope = {
    name: 'sensorium.findings',
    version: '',
    attributes: new Map(),
    droppedAttributesCount: 0,
    schemaUrl: '',
  }
  const now = BigInt(Date.now()) * 1_000_000n
  const items = found.map<LogRecord>(one => ({
    resource,
    scope,
    timeUnixNano: now,
    observedTimeUnixNano: now,
    severityNumber: SEVERITY_WARN,
    severityText: 'WARN',
    body: `first seen: ${one.template}`,
    attributes: new Map<string, string | bigint>([
      ['finding.type', 'new_fingerprint'],
      ['finding.fingerprint', hex(one.fingerprint)],
      ['finding.kind', one.kind],
      ['finding.severity_number', BigInt(one.severityNumber)],
    ]),
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: 'finding.new_fingerprint',
  }))
  const digest = createHash('sha256')
  for (const one of found) digest.update(hex(one.fingerprint))
  const account = { receiver, received: items.length, dropped: NO_DROPS, rejected: [] }
  const bytes = found.reduce((sum, one) => sum + one.template.length + 200, 0)
  return { id: `finding/new_fingerprint/${digest.digest('base64url')}`, signal: 'logs', items, bytes, account }
}

/** As people and tools write a fingerprint: 16 hex digits. */
function hex(fingerprint: bigint): string {
  return BigInt.asUintN(64, fingerprint).toString(16).padStart(16, '0')
}
