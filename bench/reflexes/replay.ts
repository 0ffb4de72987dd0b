import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { timescale } from '../../exporters/timescale/index.ts'
import { type Batch, SIGNALS, type Signal } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { fingerprint } from '../../processors/fingerprint/index.ts'
import type { Alerts } from '../../receivers/reflexes/alerts-file.ts'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import type { Store } from '../../store/open.ts'
import { createAnomalyReflex } from '../../store/reflexes/anomaly-round.ts'
import type { FindingData } from '../../store/reflexes/finding.ts'
import { incidentRound } from '../../store/reflexes/incident-round.ts'
import { createObjectiveReflex } from '../../store/reflexes/objective-round.ts'
import type { Timed } from './collect.ts'

const SLICE_MS = 10_000
const MINUTE_MS = 60_000
/** A minute is judged so long after its end, as the receiver's default is; the slice after it is when that is noticed. */
const LATE_MS = 5_000
/** Services send two hundred requests at once, minutes of them at a low rate: so far back something may still come. */
const BEHIND_MS = 600_000
/** How often the receivers look whether there is something to do. */
const POLL_MS = 5_000
const IDLE_MINUTES = 10
const NEVER = new AbortController().signal

export interface Replayed {
  readonly findings: readonly FindingData[]
  readonly minutes: number
  /** CPU of this process in the rounds alone, and how long these took. */
  readonly cpuMs: number
  readonly wallMs: number
}

export interface Replay {
  take(items: readonly Timed[]): Promise<void>
  finish(): Promise<Replayed>
  close(): Promise<void>
  /** What all reflexes cost while nothing comes in, asked as often as the receivers do: share of one core, both sides. */
  idle(): Promise<number>
}

/**
 * Lets what the demo sends happen again in its own time, through the processor and the exporter into real tables, ten
 * seconds at a time. The clock is ours: after each minute the reflexes run as they would have run then, and see nothing
 * of what comes later.
 */
export async function openReplay(
  { store, url }: { readonly store: Store; readonly url: string },
  alerts: Alerts,
): Promise<Replay> {
  const exporter = timescale.create(
    timescale.config.parse({}),
    () => Promise.reject(new Error('called next')),
    testContext('timescale', { database: store }),
  )
  await exporter.start!(NEVER)
  const processor = fingerprint.create({}, batch => exporter.consume!(batch, NEVER), testContext('fingerprint'))
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' })
  await client.connect()
  const { detect: settings, exemptions, metrics } = alerts
  const anomalies = createAnomalyReflex({ settings, exemptions, metrics, lateMs: LATE_MS, receiver: 'anomalies' })
  const objectives = createObjectiveReflex({ objectives: alerts.objectives, lateMs: LATE_MS, receiver: 'slos' })
  const incidents = { settings: alerts.incidents, receiver: 'incidents', ownerOf: () => undefined }
  /** Slice → what is known at its end. */
  const slices = new Map<number, Timed[]>()
  let cursor = Number.NaN
  let newest = Number.NEGATIVE_INFINITY
  const sums = { minutes: 0, cpuMs: 0, wallMs: 0 }

  async function advance(until: number): Promise<void> {
    for (; cursor + SLICE_MS <= until; cursor += SLICE_MS) {
      const now = cursor + SLICE_MS
      const items = slices.get(cursor) ?? []
      slices.delete(cursor)
      await Promise.all(SIGNALS.map(signal => send(signal, items, now)))
      if (now % MINUTE_MS === SLICE_MS) await rounds(now)
    }
  }

  async function send(signal: Signal, items: readonly Timed[], now: number): Promise<void> {
    const own = items.filter(one => one.signal === signal).map(({ item }) => item)
    if (own.length === 0) return
    const account = { receiver: 'otlp', received: own.length, dropped: new Map(), rejected: [] }
    // The signal says what the items are: they come from the decoder of that signal.
    await processor.consume!(
      { id: `${signal}/${now}`, signal, items: own, bytes: 500 * own.length, account } as unknown as Batch,
      NEVER,
    )
  }

  async function rounds(now: number): Promise<void> {
    while ((await foldSightings(client)).sightings > 0);
    const cpu = process.cpuUsage()
    const began = performance.now()
    await anomalies.round(client, now)
    await objectives.round(client, now)
    await incidentRound(client, incidents, now)
    sums.wallMs += performance.now() - began
    const { user, system } = process.cpuUsage(cpu)
    sums.cpuMs += (user + system) / 1_000
    sums.minutes++
  }

  /** Ms of CPU of the server's process that serves this connection. */
  async function serverCpuMs(): Promise<number> {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const fields = (await readFile(`/proc/${rows[0]!.pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ')
    // utime and stime, in hundredths of a second.
    return 10 * (Number(fields[11]) + Number(fields[12]))
  }

  return {
    close: () => client.end(),
    async idle() {
      let now = cursor
      const before = { cpu: process.cpuUsage(), server: await serverCpuMs() }
      for (let i = 0; i < IDLE_MINUTES * 12; i++, now += POLL_MS) {
        await anomalies.round(client, now)
        await incidentRound(client, incidents, now)
        if (i % 3 === 0) await objectives.round(client, now)
        await client.query('SELECT count(*) FROM reflex_outbox')
      }
      const { user, system } = process.cpuUsage(before.cpu)
      return ((user + system) / 1_000 + (await serverCpuMs()) - before.server) / (IDLE_MINUTES * MINUTE_MS)
    },
    async take(items) {
      for (const one of items) {
        newest = Math.max(newest, one.at)
        const slice = Math.floor(one.at / SLICE_MS) * SLICE_MS
        if (!(cursor <= slice)) {
          // The first of all, or one that comes later than anything should.
          if (Number.isNaN(cursor)) cursor = slice - BEHIND_MS
          else
            throw new Error(
              `a record of ${new Date(one.at).toISOString()} comes ${(cursor - one.at) / 1_000} s too late`,
            )
        }
        const known = slices.get(slice)
        if (known === undefined) slices.set(slice, [one])
        else known.push(one)
      }
      await advance(newest - BEHIND_MS)
    },
    async finish() {
      await advance(newest + SLICE_MS)
      const { rows } = await client.query<{ finding: FindingData }>('SELECT finding FROM reflex_outbox ORDER BY id')
      await exporter.shutdown!(AbortSignal.timeout(10_000))
      return { findings: rows.map(({ finding }) => finding), ...sums }
    },
  }
}
