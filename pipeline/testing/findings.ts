import type { AttributeValue, LogRecord, Routing } from '../model/index.ts'

export interface FindingInput {
  readonly event: string
  readonly id: string
  readonly kind?: string
  readonly revision?: number
  readonly severity?: 'info' | 'warning' | 'error' | 'critical'
  readonly service?: string
  readonly environment?: string
  readonly title?: string
  readonly body?: string
  readonly since?: string
  readonly at?: string
  readonly attributes?: Readonly<Record<string, AttributeValue>>
  readonly routing?: Routing
}

const SEVERITY_NUMBERS = { info: 9, warning: 13, error: 17, critical: 21 }
const SCOPE = {
  name: 'sensorium.findings',
  version: '',
  attributes: new Map(),
  droppedAttributesCount: 0,
  schemaUrl: '',
}

/** A finding as receivers make them. */
export function findingRecord(input: FindingInput): LogRecord {
  const {
    event,
    id,
    kind = event.split('.')[0]!,
    severity = 'error',
    service = 'checkout',
    environment = 'prod',
  } = input
  const since = input.since ?? '2026-11-30T09:00:00.000Z'
  const time = BigInt(Date.parse(input.at ?? since)) * 1_000_000n
  const attributes = new Map<string, AttributeValue>([
    ['finding.id', id],
    ['finding.kind', kind],
    ['finding.severity', severity],
    ['finding.title', input.title ?? `${kind} ${id}`],
    ['finding.since', since],
    ...(input.revision === undefined ? [] : [['finding.revision', BigInt(input.revision)] as const]),
    ...Object.entries(input.attributes ?? {}),
  ])
  return {
    resource: {
      attributes: new Map([
        ['service.name', service],
        ['deployment.environment.name', environment],
      ]),
      droppedAttributesCount: 0,
      schemaUrl: '',
      entityRefs: [],
    },
    scope: SCOPE,
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber: SEVERITY_NUMBERS[severity],
    severityText: severity.toUpperCase(),
    body: input.body ?? `${input.title ?? id} since ${since}`,
    attributes,
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: event,
    ...(input.routing === undefined ? {} : { routing: input.routing }),
  }
}

const ANOMALY = {
  id: 'anomaly-7f3a',
  service: 'checkout',
  title: 'error rate of POST /pay is 20 times what it was',
  since: '2026-11-30T09:12:00.000Z',
  attributes: {
    'finding.operation': 'POST /pay',
    'finding.expected': '0.4 % errors',
    'finding.seen': '8.1 % errors',
    'finding.shared': 'shop.locale=sv-SE in 76 of 76 failures, 0 of 900 others',
    'finding.changed_before': 'deploy of checkout 2.4.0 at 09:10',
    'finding.entities_hit': 76n,
    'finding.owner': 'shop-team',
    'finding.link': '/anomalies/anomaly-7f3a',
    'finding.evidence': ["SELECT * FROM error_events WHERE service = 'checkout'"],
  },
} as const

const INCIDENT = {
  id: 'incident-41',
  service: 'payments',
  severity: 'critical',
  title: 'payments does not answer; checkout and cart wait for it',
  since: '2026-11-30T09:12:00.000Z',
  attributes: {
    'finding.incident_id': '41',
    'finding.expected': '120 requests a minute',
    'finding.seen': 'none',
    'finding.shared': 'host.name=pay-3 in 40 of 41 failures',
    'finding.changed_before': 'config of payments at 09:11; deploy of payments 3.1.0 at 08:40',
    'finding.entities_hit': 412n,
    'finding.owner': 'payments-team',
    'finding.link': '/incidents/41',
  },
} as const

/** Fixed findings of every sort, for golden files and for what every message must say. */
export const SAMPLE_FINDINGS = {
  'new-problem': findingRecord({
    event: 'problem.new',
    id: 'problem-00000000000000ff',
    service: 'cart',
    title: 'TypeError: cannot read properties of undefined at addItem',
    body: 'A new error in cart since release 5.2.0: TypeError: cannot read properties of undefined at addItem.',
    since: '2026-11-30T09:05:30.000Z',
    attributes: {
      'finding.fingerprint': '00000000000000ff',
      'finding.release': '5.2.0',
      'finding.changed_before': 'deploy of cart 5.2.0 at 09:04',
      'finding.entities_hit': 3n,
      'finding.link': '/problems/00000000000000ff',
    },
  }),
  'anomaly-started': findingRecord({
    ...ANOMALY,
    event: 'anomaly.started',
    revision: 1,
    at: '2026-11-30T09:14:00.000Z',
    body: 'POST /pay of checkout fails in 8.1 % of requests since 09:12, where 0.4 % was expected.',
  }),
  'anomaly-ended': findingRecord({
    ...ANOMALY,
    event: 'anomaly.ended',
    revision: 2,
    at: '2026-11-30T09:50:00.000Z',
    body: 'POST /pay of checkout is back to 0.3 % errors.',
    attributes: { ...ANOMALY.attributes, 'finding.until': '2026-11-30T09:48:00.000Z' },
  }),
  'incident-opened': findingRecord({
    ...INCIDENT,
    event: 'incident.opened',
    revision: 1,
    at: '2026-11-30T09:13:00.000Z',
    body: 'payments has answered nothing since 09:12; 2 services that call it fail.',
  }),
  'incident-updated': findingRecord({
    ...INCIDENT,
    event: 'incident.updated',
    revision: 2,
    at: '2026-11-30T09:20:00.000Z',
    title: 'payments does not answer; checkout, cart and orders wait for it',
    body: 'payments has answered nothing since 09:12; 3 services that call it fail.',
  }),
  'incident-acknowledged': findingRecord({
    ...INCIDENT,
    event: 'incident.acknowledged',
    revision: 3,
    at: '2026-11-30T09:22:00.000Z',
    body: 'Ada looks after it: "host pay-3 is being replaced".',
  }),
  'incident-resolved': findingRecord({
    ...INCIDENT,
    event: 'incident.resolved',
    revision: 4,
    at: '2026-11-30T10:02:00.000Z',
    body: 'payments answers again as usual since 09:58.',
    attributes: { ...INCIDENT.attributes, 'finding.until': '2026-11-30T09:58:00.000Z' },
  }),
  'slo-burn': findingRecord({
    event: 'slo.burn.started',
    id: 'slo-checkout-availability-fast',
    kind: 'slo',
    severity: 'critical',
    service: 'checkout',
    title: 'checkout burns its monthly error budget 16 times too fast',
    body: 'At this rate the error budget of checkout availability (99.9 % in 30 d) is gone in 1.9 days; 61 % is left.',
    since: '2026-11-30T09:00:00.000Z',
    at: '2026-11-30T09:06:00.000Z',
    attributes: {
      'finding.expected': 'burn rate below 14.4',
      'finding.seen': 'burn rate 16.1 over 1 h and 17.0 over 5 min',
      'finding.link': '/slos/checkout-availability',
    },
  }),
  'node-lost': findingRecord({
    event: 'node.lost',
    id: 'node-kitchen-laptop',
    severity: 'warning',
    service: 'sensorium',
    title: 'Kitchen laptop has not been heard of',
    body: 'node Kitchen laptop has sent no heartbeat since 2026-11-30T08:58:00Z, where one every 30 s was expected.',
    since: '2026-11-30T08:58:00.000Z',
    at: '2026-11-30T09:00:00.000Z',
    attributes: {
      'node.id': 'kitchen-laptop',
      'node.name': 'Kitchen laptop',
      'finding.expected': 'a heartbeat every 30 s',
      'finding.seen': 'none for 2 min',
      'finding.link': '/nodes/kitchen-laptop',
    },
  }),
} as const
