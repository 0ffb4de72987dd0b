import { edgeResource } from '../../pipeline/edge/record.ts'
import { type BatchOf, hexOf, type LogRecord, type Scope } from '../../pipeline/model/index.ts'
import type { Finding } from '../../store/fingerprints/outbox.ts'

const SEVERITY_WARN = 13
const SEVERITY_ERROR = 17
const NO_DROPS: ReadonlyMap<string, number> = new Map()
const SCOPE: Scope = {
  name: 'sensorium.findings',
  version: '',
  attributes: new Map(),
  droppedAttributesCount: 0,
  schemaUrl: '',
}
const SENTENCES: Record<Finding['type'], string> = { new_fingerprint: 'first seen', regressed: 'resolved and back' }
const EVENTS: Record<Finding['type'], string> = { new_fingerprint: 'problem.new', regressed: 'problem.regressed' }

/**
 * Findings are log records like any other, so pipelines route them. The batch's id is the finding's: what is sent again
 * is stored once.
 */
export function findingBatch(receiver: string, finding: Finding): BatchOf<'logs'> {
  const { id, type, template, services, environment, release } = finding
  const fingerprint = hexOf(finding.fingerprint)
  const sentence = sentenceOf(finding)
  const service = services[0] ?? 'sensorium'
  const time = BigInt(finding.foundAt.getTime()) * 1_000_000n
  const record: LogRecord = {
    resource: edgeResource({ 'service.name': service, 'deployment.environment.name': environment }),
    scope: SCOPE,
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber: SEVERITY_WARN,
    severityText: 'WARN',
    body: `${sentence}: ${template}`,
    attributes: new Map<string, string | bigint | readonly string[]>([
      ['finding.id', `problem/${fingerprint}/${id}`],
      ['finding.kind', 'problem'],
      ['finding.severity', finding.severityNumber >= SEVERITY_ERROR ? 'error' : 'warning'],
      ['finding.title', `${service}: ${sentence}: ${template}`],
      ['finding.since', finding.since.toISOString()],
      ['finding.link', `/problems/${fingerprint}`],
      ['finding.evidence', [`explain_failure {"fingerprint":"${fingerprint}"}`]],
      ['finding.revision', 1n],
      ['finding.type', type],
      ['finding.fingerprint', fingerprint],
      ['finding.problem_kind', finding.kind],
      ['finding.severity_number', BigInt(finding.severityNumber)],
      ['finding.services', services],
      ...(release === null ? [] : [['finding.release', release] as const]),
    ]),
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: EVENTS[type],
  }
  const account = { receiver, received: 1, dropped: NO_DROPS, rejected: [] }
  return { id: `finding/${id}`, signal: 'logs', items: [record], bytes: template.length + 300, account }
}

/** What is back on a version with the fix says so: it is not mended. */
function sentenceOf({ type, fixedIn, fixedBy, release }: Finding): string {
  if (type !== 'regressed' || fixedIn === null) return SENTENCES[type]
  const fix = fixedBy === null ? fixedIn : `${fixedIn}, ${fixedBy.slice(0, 12)}`
  return `${SENTENCES[type]}${release === null ? '' : ` on ${release}`}, which should have the fix (${fix})`
}
