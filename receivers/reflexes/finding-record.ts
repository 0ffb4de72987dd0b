import { edgeRecord, edgeResource, edgeScope, presentAttributes, SEVERITIES } from '../../pipeline/edge/record.ts'
import type { AttributeValue, LogRecord } from '../../pipeline/model/index.ts'
import type { FindingData } from '../../store/reflexes/finding.ts'

const SCOPE = edgeScope('sensorium.findings')
const LEVELS = {
  info: SEVERITIES.info,
  warning: SEVERITIES.warn,
  error: SEVERITIES.error,
  critical: SEVERITIES.fatal,
} as const

/** A finding is a log record like any other, so pipelines route it. What its attributes mean: docs/anomalies.md. */
export function findingRecord(finding: FindingData): LogRecord {
  const time = BigInt(Date.parse(finding.at)) * 1_000_000n
  const attributes: Record<string, AttributeValue | undefined> = {
    'finding.id': finding.id,
    'finding.kind': finding.kind,
    'finding.severity': finding.severity,
    'finding.title': finding.title,
    'finding.since': finding.since,
    'finding.until': finding.until,
    'finding.expected': finding.expected,
    'finding.seen': finding.seen,
    'finding.shared': finding.shared,
    'finding.changed_before': finding.changedBefore,
    'finding.entities_hit': finding.entitiesHit === undefined ? undefined : BigInt(finding.entitiesHit),
    'finding.operation': finding.operation,
    'finding.release': finding.release,
    'finding.fingerprint': finding.fingerprint,
    'finding.incident_id': finding.incidentId,
    'finding.owner': finding.owner,
    'finding.link': finding.link,
    'finding.evidence': finding.evidence,
    'finding.revision': BigInt(finding.revision),
    ...finding.attributes,
  }
  return edgeRecord({
    resource: edgeResource({ 'service.name': finding.service, 'deployment.environment.name': finding.environment }),
    scope: SCOPE,
    timeUnixNano: time,
    observedTimeUnixNano: time,
    ...LEVELS[finding.severity],
    body: finding.body,
    attributes: presentAttributes(attributes),
    eventName: finding.event,
  })
}
