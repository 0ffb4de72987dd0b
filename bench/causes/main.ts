import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { explainLevels } from '../../store/explain-levels.ts'
import { explainWindow } from '../../store/explain-window.ts'
import { demoRuns, sendDemo } from './demo.ts'
import { FLEET_CONFIG, FLEET_KINDS, fleetCase } from './fleet.ts'
import { loadNezha } from './nezha.ts'
import { loadPetshop } from './petshop.ts'
import { grouped, withSensorium } from './rig.ts'
import { type Outcome, summary, tell } from './tell.ts'

/**
 * How often the cause is named first, and among the first three, in systems whose faults are known.
 *
 *   npm run bench:causes [-- --set demo|ev|nezha|petshop --data DIR --json --seeds 20 --first-seed 1]
 *
 * The data are sent as OTLP to a Sensorium of their own, and read back from its tables. One configuration for all; the
 * answers are read after the hypotheses are made. With --json the last line is the sum.
 */
const MINUTE_MS = 60_000
const DEMO_SEEDS = 20
/** What `sensorium causes` compares by default. */
const [WINDOW_MINUTES, USUAL_MINUTES] = [5, 15]

const { values: options } = parseArgs({
  options: {
    set: { type: 'string', default: 'demo' },
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
    seeds: { type: 'string' },
    'first-seed': { type: 'string', default: '1' },
  },
})
const folder = options.data ?? path.resolve(import.meta.dirname, '../../../shared/data', options.set)
const SETS: Readonly<Record<string, () => Promise<Outcome[]>>> = { demo, ev, nezha, petshop }
const run = SETS[options.set]
if (run === undefined) throw new Error(`--set is one of ${Object.keys(SETS).join(', ')}`)
const outcomes = await run()
if (!options.json) tell(outcomes)
console.log(JSON.stringify(summary(options.set, outcomes)))

interface Range {
  readonly from: number
  readonly to: number
  readonly usualFrom: number
  readonly usualTo: number
}

function dates({ from, to, usualFrom, usualTo }: Range) {
  return { from: new Date(from), to: new Date(to), usualFrom: new Date(usualFrom), usualTo: new Date(usualTo) }
}

async function timed<T>(ask: () => Promise<T>): Promise<readonly [T, number]> {
  const start = performance.now()
  return [await ask(), performance.now() - start]
}

async function nezha(): Promise<Outcome[]> {
  return withSensorium(async ({ port, read }) => {
    const cases = await loadNezha(folder, port)
    await grouped(read)
    const told: Outcome[] = []
    for (const one of cases) {
      const [{ hypotheses: named }, ms] = await timed(() =>
        explainWindow(read, { ...dates(one), env: '*', visible: null }),
      )
      told.push({ name: one.name, named, ms, answer: one.answer() })
    }
    return told
  })
}

async function petshop(): Promise<Outcome[]> {
  return withSensorium(async ({ port, read }) => {
    const told: Outcome[] = []
    for (const one of await loadPetshop(folder, port)) {
      const bad = one.metric === 'latency' ? 'high' : 'low'
      const question = { ...one, ...dates(one), bad, env: one.environment, visible: null } as const
      const [named, ms] = await timed(() => explainLevels(read, question))
      told.push({ name: one.name, named, ms, answer: one.answer() })
    }
    return told
  })
}

async function demo(): Promise<Outcome[]> {
  const told: Outcome[] = []
  for (const run of demoRuns(Number(options.seeds ?? DEMO_SEEDS), Number(options['first-seed']))) {
    const outcome = await withSensorium(async ({ port, read }): Promise<Outcome | undefined> => {
      const one = await sendDemo(run, port)
      if (one === undefined) return undefined
      await grouped(read)
      const from = one.at - WINDOW_MINUTES * MINUTE_MS
      const range = { from, to: one.at, usualFrom: from - USUAL_MINUTES * MINUTE_MS, usualTo: from }
      const [{ hypotheses: named }, ms] = await timed(() =>
        explainWindow(read, { ...dates(range), env: '*', visible: null }),
      )
      const wrong = one.wrongOf(named[0])
      return { name: one.name, named, ms, answer: one.service, wrong }
    })
    if (outcome !== undefined) told.push(outcome)
  }
  return told
}

/** Every seed is another of twelve kinds of dropped sessions, and is asked for by the event itself. */
async function ev(): Promise<Outcome[]> {
  const told: Outcome[] = []
  const first = Number(options['first-seed'])
  for (let seed = first; seed < first + Number(options.seeds ?? FLEET_KINDS); seed++) {
    const folder = await mkdtemp(path.join(tmpdir(), 'sensorium-fleet-'))
    try {
      const environment = { FLEET_CLONE: path.join(folder, 'fleet') }
      told.push(await withSensorium(rig => fleetCase(rig, folder, seed), FLEET_CONFIG, environment))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  return told
}
