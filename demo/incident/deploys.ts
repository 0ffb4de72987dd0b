import { type Nanos, SECOND, wholeMs } from '../clock.ts'
import type { Random } from '../random.ts'
import { type Change, type Release, SERVICE_NAMES, type ServiceName } from '../shop/release.ts'
import type { Scenario } from './scenarios.ts'

export interface Deploy {
  readonly at: Nanos
  readonly release: Release
  readonly previous: Release
  readonly kind: 'rollout' | 'rollback'
}

interface Timing {
  readonly scenario: Scenario
  readonly duration: Nanos
  readonly deployAt: Nanos
  readonly burstStart: Nanos
  readonly rollbackAt: Nanos | undefined
}

interface PlannedDeploys {
  readonly initial: Readonly<Record<ServiceName, Release>>
  readonly deploys: readonly Deploy[]
  /** Undefined in a world without one. */
  readonly culprit: Deploy | undefined
  readonly rollback: Deploy | undefined
}

const INNOCENT_TITLES = [
  'Update dependencies',
  'Log the cache hit ratio',
  'Rename environment variables',
  'Raise the memory limit',
  'Add a health check for the database',
  'Remove a feature flag that is on for everyone',
  'Use structured log fields throughout',
]

/**
 * The culprit's rollout among innocent ones: the same service some time before, others just before and just after it,
 * and one more when the errors have begun. Nearness in time alone does not point to the right one.
 */
export function planDeploys(
  { scenario, duration, deployAt, burstStart, rollbackAt }: Timing,
  random: Random,
): PlannedDeploys {
  const initial = initialReleases(random)
  const current = { ...initial }
  const deploy = (at: Nanos, service: ServiceName, title: string, change?: Change): Deploy => {
    const previous = current[service]
    const release = nextRelease(random, previous, title, change)
    current[service] = release
    return { at: wholeMs(at), release, previous, kind: 'rollout' }
  }
  const innocent = (at: Nanos, service: ServiceName): Deploy => deploy(at, service, random.pick(INNOCENT_TITLES))

  const [before, after, late] = pickThree(random, scenario.service)
  const earlier = innocent(duration * random.between(0.06, 0.11), scenario.service)
  const justBefore = innocent(deployAt - duration * random.between(0.015, 0.04) - SECOND, before)
  // Where no deploy is to blame there is one at the same time all the same: to come before proves nothing.
  const suspect =
    scenario.change === undefined
      ? innocent(deployAt, scenario.service)
      : deploy(deployAt, scenario.service, scenario.title ?? '', scenario.change)
  const justAfter = innocent(deployAt + duration * random.between(0.015, 0.05) + SECOND, after)
  const inBurst = innocent(burstStart + duration * random.between(0.03, 0.1), late)
  const rollback: Deploy | undefined =
    rollbackAt === undefined
      ? undefined
      : { at: rollbackAt, release: suspect.previous, previous: suspect.release, kind: 'rollback' }
  const deploys = [earlier, justBefore, suspect, justAfter, inBurst, ...(rollback === undefined ? [] : [rollback])]
  return { initial, deploys, culprit: scenario.change === undefined ? undefined : suspect, rollback }
}

function initialReleases(random: Random): Readonly<Record<ServiceName, Release>> {
  const release = (service: ServiceName): Release => ({
    service,
    version: `${random.int(1, 4)}.${random.int(2, 30)}.${random.int(0, 6)}`,
    commit: random.hex(40),
    title: random.pick(INNOCENT_TITLES),
    pullRequest: random.int(900, 1400),
    changes: new Set(),
  })
  return {
    storefront: release('storefront'),
    checkout: release('checkout'),
    payment: release('payment'),
    inventory: release('inventory'),
    shipping: release('shipping'),
    notification: release('notification'),
  }
}

/** Changes of behaviour are minor versions, the innocent rest is patches or minors. */
function nextRelease(random: Random, previous: Release, title: string, change: Change | undefined): Release {
  const [major = 1, minor = 0, patch = 0] = previous.version.split('.').map(Number)
  const isMinor = change !== undefined || random.chance(0.4)
  return {
    service: previous.service,
    version: isMinor ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`,
    commit: random.hex(40),
    title,
    pullRequest: previous.pullRequest + random.int(3, 60),
    changes: change === undefined ? previous.changes : new Set([...previous.changes, change]),
  }
}

function pickThree(random: Random, except: ServiceName): [ServiceName, ServiceName, ServiceName] {
  const left = SERVICE_NAMES.filter(name => name !== except)
  const take = (): ServiceName => left.splice(random.int(0, left.length - 1), 1)[0]!
  return [take(), take(), take()]
}
