import pg from 'pg'
import { timescale } from '../../exporters/timescale/index.ts'
import type { Batch, Signal } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { fingerprint } from '../../processors/fingerprint/index.ts'
import type { Alerts } from '../../receivers/reflexes/alerts-file.ts'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import type { Store } from '../../store/open.ts'
import { createAnomalyReflex } from '../../store/reflexes/anomaly-round.ts'
import type { FindingData } from '../../store/reflexes/finding.ts'
import { incidentRound } from '../../store/reflexes/incident-round.ts'
import { createObjectiveReflex } from '../../store/reflexes/objective-round.ts'
import type { Recording, Timed } from './collect.ts'

const SLICE_MS = 10_000
const MINUTE_MS = 60_000
/** A minute is judged so long after its end: as the receiver's default is. */
export const LATE_MS = 5_000
const NEVER = new AbortController().signal

export interface Replayed {
  readonly findings: readonly FindingData[]
  readonly minutes: number
  /** CPU of this process in the rounds alone. */
  readonly cpuMs: number
  readonly wallMs: number
}

/**
 * Lets a recorded run happen again, through the processor and the exporter into real tables, ten seconds at a time. The
 * clock is ours: after each minute the reflexes run as they would have run then, and see nothing of what comes later.
 */
export async function replay(
  recording: Recording,
  { store, url }: { readonly store: Store; readonly url: string },
  alerts: Alerts,
): Promise<Replayed> {
  const context = testContext('timescale', { database: store })
  const exporter = timescale.create(timescale.config.parse({}), () => Promise.reject(new Error('called next')), context)
  await exporter.start!(NEVER)
  const processor = fingerprint.create({}, batch => exporter.consume!(batch, NEVER), testContext('fingerprint'))
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' })
  await client.connect()
  const anomalies = createAnomalyReflex({
    settings: alerts.detect,
    exemptions: alerts.exemptions,
    metrics: alerts.metrics,
    lateMs: LATE_MS,
    receiver: 'anomalies',
    driftSigmas: alerts.driftSigmas,
  })
  const objectives = createObjectiveReflex({ objectives: alerts.objectives, lateMs: LATE_MS, receiver: 'slos' })
  const incidents = { settings: alerts.incidents, receiver: 'incidents', ownerOf: () => undefined }

  const streams = (['traces', 'logs', 'metrics'] as const).map(signal => ({
    signal,
    items: recording[signal] as readonly Timed<unknown>[],
    at: 0,
  }))
  const first = Math.min(...streams.flatMap(({ items }) => items[0]?.at ?? []))
  const last = Math.max(...streams.flatMap(({ items }) => items.at(-1)?.at ?? []))
  let [cpuMs, wallMs, minutes] = [0, 0, 0]
  for (let now = Math.floor(first / SLICE_MS) * SLICE_MS + SLICE_MS; now <= last + SLICE_MS; now += SLICE_MS) {
    await Promise.all(
      streams.map(async stream => {
        const from = stream.at
        while (stream.at < stream.items.length && stream.items[stream.at]!.at < now) stream.at++
        const items = stream.items.slice(from, stream.at).map(({ item }) => item)
        if (items.length > 0) await processor.consume!(batchOf(stream.signal, items, now), NEVER)
      }),
    )
    if (now % MINUTE_MS !== SLICE_MS) continue
    while ((await foldSightings(client)).sightings > 0);
    const cpu = process.cpuUsage()
    const began = performance.now()
    await anomalies.round(client, now)
    await objectives.round(client, now)
    await incidentRound(client, incidents, now)
    wallMs += performance.now() - began
    const { user, system } = process.cpuUsage(cpu)
    cpuMs += (user + system) / 1_000
    minutes++
  }
  const { rows } = await client.query<{ finding: FindingData }>('SELECT finding FROM reflex_outbox ORDER BY id')
  await client.end()
  await exporter.shutdown!(AbortSignal.timeout(10_000))
  return { findings: rows.map(({ finding }) => finding), minutes, cpuMs, wallMs }
}

function batchOf(signal: Signal, items: readonly unknown[], now: number): Batch {
  const account = { receiver: 'otlp', received: items.length, dropped: new Map(), rejected: [] }
  // The signal says what the items are: they come from the decoder of that signal.
  return { id: `${signal}/${now}`, signal, items, bytes: 500 * items.length, account } as unknown as Batch
}
