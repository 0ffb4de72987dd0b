import path from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { explainLevels } from '../../store/explain-levels.ts'
import { explainWindow } from '../../store/explain-window.ts'
import type { Read } from '../../store/reading.ts'
import { freePorts, startSensorium } from '../../tests/sensorium-process.ts'
import { BENCH_CONFIG } from '../load/config.ts'
import { openBenchDatabase } from '../load/database.ts'
import { loadNezha } from './nezha.ts'
import { loadPetshop } from './petshop.ts'

/**
 * How often the cause is named first, and among the first three, in systems whose faults are known.
 *
 *   npm run bench:causes [-- --set nezha|petshop --data DIR --json]
 *
 * The data are sent as OTLP to a Sensorium of their own, and read back from its tables. One configuration for all; the
 * answers are read after the hypotheses are made. With --json the last line is the sum.
 */
const { values: options } = parseArgs({
  options: {
    set: { type: 'string', default: 'nezha' },
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const folder = options.data ?? path.resolve(import.meta.dirname, '../../../shared/data', options.set)
const database = await openBenchDatabase()
const ports = await freePorts()
const sensorium = await startSensorium({ ports, config: BENCH_CONFIG, environment: { DATABASE_URL: database.url } })
const client = new pg.Client(database.url)

interface Outcome {
  readonly name: string
  readonly answer: string
  readonly named: readonly { readonly name: string; readonly confidence: number | undefined }[]
  readonly ms: number
}

try {
  await client.connect()
  const read: Read = async (sql, values) => (await client.query(sql, [...values])).rows
  const outcomes = options.set === 'petshop' ? await petshop(read) : await nezha(read)
  tell(outcomes)
} finally {
  await client.end().catch(() => {})
  await sensorium.end('SIGTERM')
  await database.close()
}

async function nezha(read: Read): Promise<Outcome[]> {
  const cases = await loadNezha(folder, ports.http)
  await grouped(read)
  const outcomes: Outcome[] = []
  for (const { name, from, to, usualFrom, usualTo, answer } of cases) {
    const window = {
      from: new Date(from),
      to: new Date(to),
      usualFrom: new Date(usualFrom),
      usualTo: new Date(usualTo),
    }
    const start = performance.now()
    const named = await explainWindow(read, { ...window, env: '*', visible: null })
    outcomes.push({ name, named, ms: performance.now() - start, answer: answer() })
  }
  return outcomes
}

async function petshop(read: Read): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const one of await loadPetshop(folder, ports.http)) {
    const range = {
      from: new Date(one.from),
      to: new Date(one.to),
      usualFrom: new Date(one.usualFrom),
      usualTo: new Date(one.usualTo),
    }
    const bad = one.metric === 'latency' ? 'high' : 'low'
    const start = performance.now()
    const found = await explainLevels(read, { ...one, ...range, bad, env: one.environment, visible: null })
    const named = found.map(({ name }) => ({ name, confidence: undefined }))
    outcomes.push({ name: one.name, named, ms: performance.now() - start, answer: one.answer() })
  }
  return outcomes
}

/** Until every template has its group. */
async function grouped(read: Read): Promise<void> {
  for (;;) {
    const [row] = await read(
      `SELECT count(*)::int AS n FROM (SELECT DISTINCT fingerprint FROM logs WHERE fingerprint IS NOT NULL) l
       WHERE NOT EXISTS (SELECT FROM fingerprints f WHERE f.fingerprint = l.fingerprint)`,
      [],
    )
    if (row!.n === 0) return
    await new Promise(resolve => setTimeout(resolve, 500))
  }
}

function tell(outcomes: readonly Outcome[]): void {
  const placeOf = ({ named, answer }: Outcome) => named.findIndex(({ name }) => name === answer) + 1
  const within = (k: number) => outcomes.filter(one => placeOf(one) > 0 && placeOf(one) <= k).length
  const share = (count: number) => Number((count / outcomes.length).toFixed(3))
  const times = outcomes.map(({ ms }) => ms).sort((a, b) => a - b)
  if (!options.json) {
    for (const one of outcomes) {
      const named = one.named
        .slice(0, 3)
        .map(({ name, confidence }) => `${name}${confidence === undefined ? '' : ` ${confidence}`}`)
      console.log(
        `${one.name}: ${one.answer} is ${placeOf(one) || 'not named'} of [${named.join(', ')}] in ${Math.round(one.ms)} ms`,
      )
    }
    for (const [from, to] of [
      [0, 0.4],
      [0.4, 0.6],
      [0.6, 0.8],
      [0.8, 1.01],
    ] as const) {
      const part = outcomes.filter(
        ({ named }) => (named[0]?.confidence ?? -1) >= from && (named[0]?.confidence ?? -1) < to,
      )
      if (part.length > 0)
        console.log(
          `said ${from} to ${Math.min(1, to)}: ${part.filter(one => placeOf(one) === 1).length} of ${part.length} right`,
        )
    }
  }
  const sum = {
    set: options.set,
    cases: outcomes.length,
    top1: share(within(1)),
    top3: share(within(3)),
    p50_ms: Math.round(times[times.length >> 1]!),
    p95_ms: Math.round(times[Math.floor(times.length * 0.95)]!),
  }
  console.log(JSON.stringify(sum))
}
