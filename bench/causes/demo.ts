import type { CauseKind, Hypothesis } from '../../analysis/causes/index.ts'
import { type GroundTruth, runDemo, WORLD_NAMES, type WorldName } from '../../demo/index.ts'
import type { KnownChange } from '../../store/changes.ts'

/** A run of the simulated shop, and what really happened in it. */
export interface DemoCase {
  readonly name: string
  readonly service: string
  /** When somebody asks. */
  readonly at: number
  /** What of a hypothesis is wrong. */
  wrongOf(told: Hypothesis<KnownChange> | undefined): readonly string[]
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
  return { name, service: incident.service, at, wrongOf: told => wrongOf(incident, told) }
}

/** What an honest answer says of each world without a guilty deploy. */
const KINDS: Readonly<Record<string, readonly CauseKind[]>> = {
  'slow-dependency': ['external', 'dependency'],
  'dry-pool': ['resource_exhaustion'],
  'bad-host': ['host'],
}

function wrongOf(
  { service, operation, scenario, deploy, exception, affected }: GroundTruth['incident'],
  told: Hypothesis<KnownChange> | undefined,
): string[] {
  const thrown = told?.thrown
  const trait = `${affected.attribute}=${affected.value}`
  const kinds = deploy === null ? KINDS[scenario]! : ['code_change']
  const isShared = affected.attribute === 'metric' || (thrown?.shared.some(one => one.includes(trait)) ?? false)
  const right: Readonly<Record<string, boolean>> = {
    service: told?.name === service,
    operation: told?.operation === operation,
    kind: kinds.includes(told?.kind ?? 'unknown'),
    release: told?.change?.release === deploy?.version,
    commit: deploy === null || (told?.change?.commit ?? '').startsWith(deploy.commit.slice(0, 7)),
    exception: thrown?.exception === exception.type,
    function: thrown?.function?.split('.').at(-1) === exception.function,
    shared: isShared || told?.dependency === affected.value || told?.instance === affected.value,
  }
  return Object.keys(right).filter(name => !right[name])
}
