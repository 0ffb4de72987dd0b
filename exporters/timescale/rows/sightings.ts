import type { Fingerprint, Item, LogRecord, Span, SpanEvent } from '../../../pipeline/model/index.ts'
import { severityOf } from '../../../pipeline/model/level.ts'
import type { CopyBuffer } from '../copy-buffer.ts'
import type { Dimensions } from '../dimensions.ts'
import type { CopyTable } from '../table.ts'

export const SIGHTING_TABLE: CopyTable = {
  name: 'fingerprint_sightings',
  columns: [
    ['fingerprint', 'bigint'],
    ['kind', 'text'],
    ['version', 'smallint'],
    ['template', 'text'],
    ['sample', 'text'],
    ['severity_number', 'smallint'],
    ['service', 'text'],
    ['environment', 'text'],
    ['service_version', 'text'],
    ['records', 'bigint'],
    ['first_seen', 'timestamptz'],
    ['last_seen', 'timestamptz'],
    ['previous', 'bigint'],
  ],
}

/** Enough to recognise the problem by; the record itself has all of it. */
const MAX_SAMPLE_CHARS = 1_000
/** SeverityNumber ERROR: what an exception on a span is. */
const SPAN_ERROR_SEVERITY = 17

interface Sighting {
  readonly of: Fingerprint
  /** The id that the version before gave these records. Where they had several, each has a sighting of its own. */
  previous: bigint | undefined
  readonly sample: string
  readonly origin: Dimensions['origin']
  severity: number
  records: number
  firstUnixNano: bigint
  lastUnixNano: bigint
}

/** What the records of one batch held of each fingerprint, by service, environment and release. */
export class Sightings {
  readonly #byOrigin = new Map<string, Map<bigint, Sighting>>()
  #count = 0

  get count(): number {
    return this.#count
  }

  clear(): void {
    this.#byOrigin.clear()
    this.#count = 0
  }

  add(item: Item, dimensions: Dimensions, receivedUnixNano: bigint): void {
    if (!('fingerprint' in item) || item.fingerprint === undefined) return
    this.#add(item, item.fingerprint, undefined, dimensions, receivedUnixNano)
    if (!('otherProblems' in item) || item.otherProblems === undefined) return
    for (const { fingerprint, event } of item.otherProblems)
      this.#add(item, fingerprint, item.events[event], dimensions, receivedUnixNano)
  }

  /** @param event the span's event that tells of the problem, where it is not the first exception */
  #add(
    item: LogRecord | Span,
    fingerprint: Fingerprint,
    event: SpanEvent | undefined,
    { origin }: Dimensions,
    receivedUnixNano: bigint,
  ): void {
    let known = this.#byOrigin.get(origin.key)
    if (known === undefined) {
      known = new Map()
      this.#byOrigin.set(origin.key, known)
    }
    const time = timeOf(item) || receivedUnixNano
    const severity = 'severityNumber' in item ? severityOf(item) : SPAN_ERROR_SEVERITY
    const { previous } = fingerprint
    let key = fingerprint.id
    let sighting = known.get(key)
    if (sighting !== undefined && previous !== undefined && sighting.previous !== previous) {
      if (sighting.previous === undefined) sighting.previous = previous
      else {
        key = (previous << 64n) + BigInt.asUintN(64, key)
        sighting = known.get(key)
      }
    }
    if (sighting === undefined) {
      const sample = sampleOf(item, event)
      known.set(key, {
        of: fingerprint,
        previous,
        sample,
        origin,
        severity,
        records: 1,
        firstUnixNano: time,
        lastUnixNano: time,
      })
      this.#count += 1
      return
    }
    sighting.records += 1
    if (severity > sighting.severity) sighting.severity = severity
    if (time < sighting.firstUnixNano) sighting.firstUnixNano = time
    if (time > sighting.lastUnixNano) sighting.lastUnixNano = time
  }

  write(out: CopyBuffer): void {
    for (const sightings of this.#byOrigin.values())
      for (const sighting of sightings.values()) writeSighting(out, sighting)
  }
}

function writeSighting(out: CopyBuffer, sighting: Sighting): void {
  const { of, origin } = sighting
  out.rowStart(SIGHTING_TABLE.columns.length)
  out.int64(of.id)
  out.text(of.kind)
  out.int16(of.version)
  out.text(of.template)
  out.text(sighting.sample)
  out.int16(Math.max(0, Math.min(sighting.severity, 24)))
  out.text(origin.service)
  out.text(origin.environment)
  out.textOrNull(origin.version)
  out.int64(BigInt(sighting.records))
  out.timestamp(sighting.firstUnixNano, 'first_seen')
  out.timestamp(sighting.lastUnixNano, 'last_seen')
  out.int64OrNull(sighting.previous)
}

function timeOf(item: LogRecord | Span): bigint {
  return 'body' in item ? item.timeUnixNano || item.observedTimeUnixNano : item.startTimeUnixNano
}

/** The words of the record itself: an exception's message, else the log's body. */
function sampleOf(item: LogRecord | Span, event: SpanEvent | undefined): string {
  const attributes =
    'body' in item ? item.attributes : (event ?? item.events.find(({ name }) => name === 'exception'))?.attributes
  const type = attributes?.get('exception.type')
  const message = attributes?.get('exception.message')
  if (typeof message === 'string') return cut(typeof type === 'string' ? `${type}: ${message}` : message)
  if (typeof type === 'string') return cut(type)
  if ('body' in item) return cut(typeof item.body === 'string' ? item.body : '')
  return cut(item.name)
}

function cut(text: string): string {
  // toWellFormed: the cut may go through a surrogate pair.
  return text.length <= MAX_SAMPLE_CHARS ? text : text.slice(0, MAX_SAMPLE_CHARS).toWellFormed()
}
