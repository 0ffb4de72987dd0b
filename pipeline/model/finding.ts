import { HIDING } from '../hidden-text.ts'
import { type Attributes, type AttributeValue, attributeText } from './attributes.ts'
import type { LogRecord } from './log-record.ts'

/** From harmless to worst: the index is the rank. */
export const FINDING_SEVERITIES = ['info', 'warning', 'error', 'critical'] as const
export type FindingSeverity = (typeof FINDING_SEVERITIES)[number]

/** `event`: happened once and has no end, such as a new problem. */
export type FindingState = 'firing' | 'ended' | 'event'

/** Failures over time and the changes among them. Times are milliseconds since 1970. */
export interface FindingPicture {
  readonly from: number
  readonly to: number
  /** Of equal parts of the time, the first one first. */
  readonly counts: readonly number[]
  /** When something was changed. */
  readonly marks: readonly number[]
}

/** What a log record says that people are to be told; made of JSON, since it waits in the store. Texts are bounded. */
export interface Finding {
  /** Of the episode, the incident: all its records have it. */
  readonly id: string
  /** Grows with each record of one id; 0 where the record does not say. */
  readonly revision: number
  /** What is the same when it comes again as another episode. */
  readonly series: string
  readonly state: FindingState
  readonly isAcknowledged: boolean
  readonly severity: FindingSeverity
  readonly title: string
  readonly sentence: string
  /** ISO 8601, UTC. */
  readonly since: string
  readonly until?: string | undefined
  /** When the record was made. */
  readonly at: string
  readonly expected?: string | undefined
  readonly seen?: string | undefined
  readonly shared?: string | undefined
  readonly changedBefore?: string | undefined
  readonly entitiesHit?: number | undefined
  readonly link?: string | undefined
  readonly evidence: readonly string[]
  readonly picture?: FindingPicture | undefined
  /** By the names that matchers and `group_by` use, and those of the attributes. */
  readonly labels: Readonly<Record<string, string>>
}

const TITLE_CHARS_MAX = 300
const TEXT_CHARS_MAX = 2_000
const EVIDENCE_MAX = 5
const LABELS_MAX = 64
const LABEL_CHARS_MAX = 300

/** The short names of labels, and the attribute that each is of. */
const LABEL_ATTRIBUTES = {
  kind: 'finding.kind',
  owner: 'finding.owner',
  operation: 'finding.operation',
  release: 'finding.release',
  fingerprint: 'finding.fingerprint',
  incident: 'finding.incident_id',
} as const

/** Those that tell one thing that can go wrong from another, whatever episode of it this is. */
const SERIES_LABELS = ['kind', 'service', 'environment', 'operation', 'fingerprint', 'node.id', 'node.name'] as const

/** Any log record as a finding. What is none is told as an event, under `fallbackId`. */
export function readFinding(record: LogRecord, fallbackId: string): Finding {
  const { attributes, eventName } = record
  const text = (key: string, max = TEXT_CHARS_MAX) => present(clean(attributeText(attributes, key) ?? '', max))
  const id = text('finding.id', LABEL_CHARS_MAX)
  const sentence = clean(bodyText(record.body), TEXT_CHARS_MAX)
  const at = isoOf(record.timeUnixNano || record.observedTimeUnixNano)
  const labels = labelsOf(record)
  return {
    id: id ?? fallbackId,
    revision: id === undefined ? 1 : revisionOf(attributes),
    series: text('finding.series', LABEL_CHARS_MAX) ?? (id === undefined ? fallbackId : seriesOf(labels, id)),
    state: id === undefined ? 'event' : stateOf(eventName),
    isAcknowledged: eventName.endsWith('.acknowledged'),
    severity: labels.severity as FindingSeverity, // labelsOf puts one of them there
    title:
      text('finding.title', TITLE_CHARS_MAX) ??
      clean(firstLine(sentence) || eventName || 'a record without a text', TITLE_CHARS_MAX),
    sentence,
    since: timeOf(text('finding.since')) ?? at,
    until: timeOf(text('finding.until')),
    at,
    expected: text('finding.expected'),
    seen: text('finding.seen'),
    shared: text('finding.shared'),
    changedBefore: present(clean(listText(attributes.get('finding.changed_before')), TEXT_CHARS_MAX)),
    entitiesHit: countOf(attributes.get('finding.entities_hit')),
    link: text('finding.link'),
    evidence: listOf(attributes.get('finding.evidence'))
      .slice(0, EVIDENCE_MAX)
      .map(one => clean(one, TEXT_CHARS_MAX)),
    ...pictureOf(attributeText(attributes, 'finding.picture')),
    labels,
  }
}

const PICTURE_CHARS_MAX = 10_000
const PICTURE_PARTS_MAX = 300

/** What is no picture is passed over: anybody may send a record. */
function pictureOf(text: string | undefined): { readonly picture?: FindingPicture } {
  if (text === undefined || text.length > PICTURE_CHARS_MAX) return {}
  try {
    const { from, to, counts, marks } = Object(JSON.parse(text)) as Partial<Record<keyof FindingPicture, unknown>>
    const numbers = (value: unknown): value is number[] =>
      Array.isArray(value) && value.length <= PICTURE_PARTS_MAX && value.every(one => Number.isFinite(one) && one >= 0)
    if (!numbers([from, to]) || !numbers(counts) || !numbers(marks)) return {}
    return { picture: { from: Number(from), to: Number(to), counts, marks } }
  } catch {
    return {}
  }
}

const ENDS = /\.(?:ended|back|resolved)$/
const EVENTS = /^(?:problem|report|triage)\./

function stateOf(eventName: string): FindingState {
  if (EVENTS.test(eventName)) return 'event'
  return ENDS.test(eventName) ? 'ended' : 'firing'
}

function revisionOf(attributes: Attributes): number {
  const revision = Number(attributes.get('finding.revision') ?? 0)
  return Number.isInteger(revision) && revision > 0 && revision < 2 ** 31 ? revision : 0
}

/** The labels of a record, as matchers see them. */
export function labelsOf(record: LogRecord): Record<string, string> {
  const { attributes, resource, eventName } = record
  const labels: Record<string, string> = {}
  const set = (name: string, value: string | undefined) => {
    if (value !== undefined && Object.keys(labels).length < LABELS_MAX) labels[name] = clean(value, LABEL_CHARS_MAX)
  }
  set('severity', severityOf(record))
  set('event', eventName || 'log')
  set('service', attributeText(resource.attributes, 'service.name'))
  set(
    'environment',
    attributeText(resource.attributes, 'deployment.environment.name') ??
      attributeText(resource.attributes, 'deployment.environment'),
  )
  for (const [name, attribute] of Object.entries(LABEL_ATTRIBUTES)) set(name, attributeText(attributes, attribute))
  for (const [key, value] of [...attributes, ...resource.attributes]) {
    // Its own members have their own places.
    const name = clean(key, LABEL_CHARS_MAX)
    if (name !== '' && !name.startsWith('finding.') && !(name in labels))
      set(name, attributeText(new Map([[key, value]]), key))
  }
  return labels
}

function seriesOf(labels: Readonly<Record<string, string>>, id: string): string {
  // An incident that is not the same incident is something else.
  if (labels.kind === 'incident') return id
  return SERIES_LABELS.map(name => labels[name] ?? '').join('\n')
}

function severityOf({ attributes, severityNumber }: LogRecord): FindingSeverity {
  const said = attributes.get('finding.severity')
  const known = FINDING_SEVERITIES.find(severity => severity === said)
  if (known !== undefined) return known
  if (severityNumber >= 21) return 'critical'
  if (severityNumber >= 17) return 'error'
  return severityNumber >= 13 ? 'warning' : 'info'
}

/** Without what hides, and no longer than `max`. */
function clean(text: string, max: number): string {
  const start = text
    .slice(0, max * 4)
    .toWellFormed()
    .replace(HIDING, '')
    .trim()
  return start.length <= max ? start : `${start.slice(0, max - 1).toWellFormed()}…`
}

function present(text: string): string | undefined {
  return text === '' ? undefined : text
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.trim()
}

function bodyText(body: AttributeValue): string {
  if (typeof body === 'string') return body
  if (body instanceof Map) {
    const message = body.get('message') ?? body.get('msg')
    if (typeof message === 'string') return message
  }
  return body === null ? '' : JSON.stringify(body, (_, value: unknown) => jsonable(value)).slice(0, TEXT_CHARS_MAX)
}

function jsonable(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value)
  if (typeof value === 'bigint') return Number(value)
  return value instanceof Uint8Array ? `${value.length} bytes` : value
}

function listOf(value: AttributeValue | undefined): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value]
  return Array.isArray(value) ? value.filter(one => typeof one === 'string') : []
}

function listText(value: AttributeValue | undefined): string {
  return listOf(value).join('; ')
}

function countOf(value: AttributeValue | undefined): number | undefined {
  const count = typeof value === 'bigint' || typeof value === 'string' ? Number(value) : value
  return typeof count === 'number' && Number.isFinite(count) && count >= 0 ? count : undefined
}

const LATEST_MS = Date.UTC(9_999, 11, 31)

function isoOf(unixNano: bigint): string {
  return new Date(Math.min(Number(unixNano / 1_000_000n), LATEST_MS)).toISOString()
}

function timeOf(text: string | undefined): string | undefined {
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) || ms < 0 || ms > LATEST_MS ? undefined : new Date(ms).toISOString()
}
