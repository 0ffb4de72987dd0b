import { type Nanos, SECOND, wholeMs } from '../clock.ts'
import type { Random } from '../random.ts'
import type { OrderTraits } from '../shop/catalog.ts'
import type { Release, ServiceName, TroubleKind } from '../shop/release.ts'
import { type Deploy, planDeploys } from './deploys.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'
import { QUIET, type Replicas, WORLDS, type WorldName } from './worlds.ts'

/** All that is decided before the first request: what breaks, for whom, when, and what is deployed. */
export interface Plan {
  readonly scenario: Scenario
  /** The value of `scenario.attribute` that is hit. */
  readonly value: string
  /** Undefined in a world where no deploy is to blame. */
  readonly culprit: Deploy | undefined
  /** The same service goes back to the release before, and all is well; absent where nobody did so in time. */
  readonly rollback: Deploy | undefined
  readonly burstStart: Nanos
  readonly burstEnd: Nanos
  /** In order of time, culprit and rollback included. */
  readonly deploys: readonly Deploy[]
  readonly initial: Readonly<Record<ServiceName, Release>>
  readonly troubles: readonly Trouble[]
  /** Earlier and unrelated: somebody outside who is slow for a while. */
  readonly decoy: Trouble
  readonly replicas: Replicas
  /** Customers whom the incident hits, whatever chance says, so that even the shortest run has its burst. */
  readonly certainVictims: readonly { readonly at: Nanos; readonly traits: OrderTraits }[]
}

interface Trouble {
  readonly kind: TroubleKind
  readonly value: string
  readonly from: Nanos
  readonly until: Nanos
}

const ROLLBACK_CHANCE = 0.5
/** Three, since one alone may mistype the address before anything else can fail. */
const VICTIMS_AFTER: readonly Nanos[] = [1.9 * SECOND, 4.3 * SECOND, 8.1 * SECOND]

export function createPlan(seed: number, duration: Nanos, random: Random, world?: WorldName | typeof QUIET): Plan {
  return world === QUIET ? quietPlan(seed, duration, random) : eventfulPlan(seed, duration, random, world)
}

/** Whatever would go wrong does so after the end, and none of the deploys changes anything. */
function quietPlan(seed: number, duration: Nanos, random: Random): Plan {
  const plan = eventfulPlan(seed, duration, random)
  const { change: _, ...scenario } = plan.scenario
  const timing = { scenario, duration, deployAt: duration / 2, burstStart: duration * 0.7, rollbackAt: undefined }
  const never = { from: duration, until: duration }
  return {
    ...plan,
    ...planDeploys(timing, random.fork('quiet deploys')),
    scenario: { ...scenario, name: QUIET },
    burstStart: duration,
    burstEnd: duration,
    decoy: { ...plan.decoy, ...never },
    troubles: [],
    replicas: {},
    certainVictims: [],
  }
}

function eventfulPlan(seed: number, duration: Nanos, random: Random, world?: WorldName): Plan {
  const scenario = world === undefined ? SCENARIOS[seed % SCENARIOS.length]! : WORLDS[world]
  const share = (from: number, to: number): Nanos => wholeMs(duration * random.between(from, to))
  const value = random.pick(scenario.values)
  const deployAt = share(0.42, 0.5)
  const burstStart = deployAt + share(0.09, 0.14)
  const burstEnd = burstStart + share(0.18, 0.24)
  const rollbackAt = random.chance(ROLLBACK_CHANCE) && world === undefined ? burstEnd : undefined
  const decoyStart = share(0.14, 0.2)
  const decoy: Trouble = {
    // Never what is the incident itself.
    ...(scenario.trouble === 'gateway_failing'
      ? { kind: 'label_printing_slow', value: 'parcelline' }
      : { kind: 'gateway_slow', value: 'api.cardgate.example' }),
    from: decoyStart,
    until: decoyStart + share(0.05, 0.08),
  }
  const planned = planDeploys({ scenario, duration, deployAt, burstStart, rollbackAt }, random.fork('deploys'))
  return {
    ...planned,
    scenario,
    value,
    burstStart,
    burstEnd,
    decoy,
    troubles: [{ kind: scenario.trouble, value, from: burstStart, until: burstEnd }, decoy],
    replicas: world === undefined ? {} : (WORLDS[world].replicas ?? {}),
    certainVictims: VICTIMS_AFTER.map(wait => ({
      at: burstStart + wait,
      traits: scenario.trait === undefined ? {} : { [scenario.trait]: value },
    })),
  }
}
