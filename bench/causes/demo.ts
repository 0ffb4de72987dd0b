import { runDemo, WORLD_NAMES, type WorldName } from '../../demo/index.ts'

/** A run of the simulated shop, and what really happened in it. */
export interface DemoCase {
  readonly name: string
  readonly service: string
  /** The guilty release; undefined where no deploy is to blame. */
  readonly release: string | undefined
  /** When somebody asks. */
  readonly at: number
}

export interface DemoRun {
  readonly seed: number
  readonly world?: WorldName
}

const MINUTES = 24
const RATE = 4
/** Somebody asks so long after the first error. */
const ASKED_AFTER_MS = 120_000

/** Every seed has one of five scenarios with a guilty deploy; each world has none. */
export function demoRuns(count: number, firstSeed: number): DemoRun[] {
  const seeds = Array.from({ length: count }, (_, i) => ({ seed: firstSeed + i }))
  return [...seeds, ...WORLD_NAMES.map((world, i) => ({ seed: firstSeed + count + i, world }))]
}

/** Sends one run; undefined where its incident had no error. */
export async function sendDemo(run: DemoRun, port: number): Promise<DemoCase | undefined> {
  const { truth } = await runDemo({ ...run, minutes: MINUTES, rate: RATE, endpoint: `http://127.0.0.1:${port}` })
  const { incident } = truth
  const { firstError } = incident.errorBurst
  if (firstError === null) return undefined
  const at = Date.parse(firstError) + ASKED_AFTER_MS
  const name = `seed ${run.seed} ${incident.scenario}`
  return { name, service: incident.service, release: incident.deploy?.version, at }
}
