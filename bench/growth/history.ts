import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { copyIn } from '../../exporters/timescale/copy-in.ts'
import { Encoder } from '../../exporters/timescale/encode.ts'
import { timescale } from '../../exporters/timescale/index.ts'
import type { Batch, LogRecord, Signal, Span } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { decodeRequest } from '../../receivers/otlp/wire/index.ts'
import { maintenanceSettings } from '../../store/maintenance/index.ts'
import type { Store } from '../../store/open.ts'
import { formOf, partitionsOf } from '../../store/partitions/catalog.ts'
import { attachRange } from '../../store/partitions/make.ts'
import { missingRanges } from '../../store/partitions/ranges.ts'
import { rangeMs, TIME_TABLES } from '../../store/partitions/tables.ts'
import { RECORDS_PER_REQUEST, requestPool } from '../load/pool.ts'

const DAY_MS = 24 * 3_600_000
const NEVER = new AbortController().signal
/** Requests whose rows are held encoded at a time: what is copied once more is what was just stored. */
const ROUND = 20
/** One log record for so many spans. */
const SPANS_PER_LOG = 10
/** Ids that reads ask for, of all that were stored. */
const SAMPLES = 2_000

export interface Sample {
  readonly traceId: string
  readonly at: Date
}

export interface History {
  /** Stores `rows` spans of the days from `from` to `until` (0 to 1), and returns rows a second of path and reference. */
  add(from: number, until: number, rows: number): Promise<{ path: number; reference: number }>
  /** Of traces that are stored. */
  readonly samples: readonly Sample[]
  /** The table that spans are copied into. */
  readonly table: string
  close(): Promise<void>
}

/** Days that end now, so that nothing of them is late, early or expired. */
export async function openHistory(store: Store, owner: pg.Client, days: number): Promise<History> {
  const end = Date.now()
  const start = end - days * DAY_MS
  await makePartitions(owner, start, end)
  const component = timescale.create(
    timescale.config.parse({ connections: 1 }),
    () => Promise.reject(new Error('called next')),
    testContext('timescale', { database: store }),
  )
  await component.start!(NEVER)
  const encoder = new Encoder()
  const spans = pool<Span>('traces')
  const logs = pool<LogRecord>('logs')
  const samples: Sample[] = []
  let count = 0
  let table = ''

  /** The records of a request as if they had come at `at`, under ids of their own. */
  function spansAt(at: number): readonly Span[] {
    const ids = new Map<string, string>()
    const items = spans[count++ % spans.length]!
    const shift = BigInt(Math.round(at)) * 1_000_000n - items[0]!.startTimeUnixNano
    return items.map(span => {
      const traceId = ids.get(span.traceId) ?? randomBytes(16).toString('hex')
      ids.set(span.traceId, traceId)
      return {
        ...span,
        traceId,
        startTimeUnixNano: span.startTimeUnixNano + shift,
        endTimeUnixNano: span.endTimeUnixNano + shift,
      }
    })
  }
  function logsFor(items: readonly Span[]): readonly LogRecord[] {
    const records = logs[count % logs.length]!
    return items
      .filter((_, i) => i % SPANS_PER_LOG === 0)
      .map((span, i) => ({
        ...records[i]!,
        traceId: span.traceId,
        spanId: span.spanId,
        timeUnixNano: span.startTimeUnixNano,
        observedTimeUnixNano: span.startTimeUnixNano,
      }))
  }
  function batchOf(signal: Signal, items: readonly (Span | LogRecord)[]): Batch {
    const account = { receiver: 'growth', received: items.length, dropped: new Map(), rejected: [] }
    return { id: randomBytes(32).toString('hex'), signal, items, bytes: items.length * 400, account } as Batch // one signal's items
  }

  async function round(times: readonly number[]): Promise<{ pathMs: number; referenceMs: number }> {
    const batches = times.map(at => batchOf('traces', spansAt(at)))
    const startedAt = performance.now()
    for (const batch of batches) await component.consume!(batch, NEVER)
    const pathMs = performance.now() - startedAt
    // The logs are for the reads, and not of the rate.
    await Promise.all(
      batches.map(({ items }) => component.consume!(batchOf('logs', logsFor(items as readonly Span[])), NEVER)),
    )
    for (const [i, batch] of batches.entries()) {
      const { traceId } = batch.items[0] as Span
      const sample = { traceId, at: new Date(times[i]!) }
      if (samples.length < SAMPLES) samples.push(sample)
      else samples[Math.floor(Math.random() * SAMPLES)] = sample
    }
    return { pathMs, referenceMs: await copyAgain(batches) }
  }

  async function copyAgain(batches: readonly Batch[]): Promise<number> {
    const encoded = batches.map(batch => encoder.encode(batch))
    const { table: copied } = encoded[0]!.parts[0]!
    table = copied.name
    await owner.query(`CREATE TABLE IF NOT EXISTS growth_reference (LIKE ${table} INCLUDING ALL)`)
    const startedAt = performance.now()
    for (const { parts } of encoded) {
      await owner.query('BEGIN')
      await copyIn(owner, [{ table: { ...copied, name: 'growth_reference' }, slices: [parts[0]!.rows] }])
      await owner.query('COMMIT')
    }
    const ms = performance.now() - startedAt
    for (const batch of encoded) encoder.release(batch)
    return ms
  }

  return {
    samples,
    get table() {
      return table
    },
    async add(from, until, rows) {
      const requests = Math.round(rows / RECORDS_PER_REQUEST)
      // Fresh for each step, as a partition is.
      await owner.query('DROP TABLE IF EXISTS growth_reference')
      const spent = { pathMs: 0, referenceMs: 0 }
      for (let n = 0; n < requests; n += ROUND) {
        const times = Array.from(
          { length: Math.min(ROUND, requests - n) },
          (_, i) => start + (from + ((until - from) * (n + i)) / requests) * (end - start),
        )
        const { pathMs, referenceMs } = await round(times)
        spent.pathMs += pathMs
        spent.referenceMs += referenceMs
      }
      const stored = requests * RECORDS_PER_REQUEST
      return { path: (stored * 1000) / spent.pathMs, reference: (stored * 1000) / spent.referenceMs }
    },
    close: () => component.shutdown!(AbortSignal.timeout(30_000)),
  }
}

function pool<Item>(signal: Signal): readonly (readonly Item[])[] {
  return requestPool(signal).map(
    body =>
      decodeRequest(signal, body, 'protobuf', { maxNesting: 32, maxRecords: 1_000_000 })
        .items as readonly unknown[] as readonly Item[], // the signal says of which kind
  )
}

async function makePartitions(owner: pg.Client, from: number, to: number): Promise<void> {
  const settings = maintenanceSettings.parse({})
  for (const table of TIME_TABLES) {
    if (table.pace !== 'telemetry' || (await formOf(owner, table.table, false)) !== 'partitioned') continue
    const size = rangeMs(table, settings)
    const { ranges } = await partitionsOf(owner, table.table)
    const span = { from: Math.floor(from / size) * size, to: Math.ceil(to / size) * size }
    for (const range of missingRanges(ranges, span, size)) await attachRange(owner, table, range)
  }
}
