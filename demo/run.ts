import { LAG, MINUTE, type Nanos, type Pace, SECOND } from './clock.ts'
import type { Plan } from './incident/plan.ts'
import type { DemoSettings } from './options.ts'
import type { Random } from './random.ts'
import type { Cluster } from './shop/cluster.ts'
import { type Arrival, arrivals, createTraffic } from './shop/traffic.ts'

/** How often a service's metrics are collected, in simulated time. */
const TICK: Nanos = 10 * SECOND
/**
 * Requests between two flushes. Each flush waits for the receiver, which is the back-pressure: a slow receiver slows
 * the simulation down, and the SDK's queues never hold more than the few thousand spans of these requests.
 */
const REQUESTS_PER_FLUSH = 200
/** In a run that follows the clock, what happened is sent about this often. */
const LIVE_STEP_SECONDS = 1

export interface Simulation {
  readonly settings: DemoSettings
  readonly plan: Plan
  readonly cluster: Cluster
  readonly random: Random
  readonly pace: Pace
  readonly stop: AbortSignal
  /** Called after each step; throws to end the run. */
  readonly onStep: (simulated: Nanos) => void
}

export interface Outcome {
  /** Where simulated time stopped. */
  readonly end: Nanos
  readonly interrupted: boolean
}

/** Runs the shop from its first customer to its last. */
export async function run(simulation: Simulation): Promise<Outcome> {
  const { settings, plan, cluster, pace, stop } = simulation
  const duration = Math.round(settings.minutes * MINUTE)
  const work = { arrivals: arrivalsOf(simulation, duration), deploys: [...plan.deploys], sinceFlush: 0 }
  const simulate = createTraffic(cluster, simulation.random)
  let end: Nanos = 0
  try {
    while (end < duration && !stop.aborted) {
      const tickEnd = (Math.floor(end / TICK) + 1) * TICK
      const next = Math.min(end + stepOf(settings.speed), tickEnd, duration)
      if (!(await isDue(pace, next, stop))) break
      await simulateUntil(next, simulation, work, simulate)
      if (next === tickEnd || next === duration) await cluster.tick(next)
      if (settings.speed > 0) await cluster.flush()
      end = next
      simulation.onStep(end)
    }
    // What the last customers set off is over by now; the last collection sees the end of it.
    await cluster.tick(end + LAG)
  } finally {
    await cluster.close()
  }
  simulation.onStep(end)
  return { end, interrupted: end < duration }
}

function stepOf(speed: number): Nanos {
  return speed === 0 ? TICK : Math.min(TICK, Math.round(speed * LIVE_STEP_SECONDS * SECOND))
}

interface Upcoming {
  readonly arrivals: { peek(): Arrival | undefined; take(): void }
  readonly deploys: Plan['deploys'][number][]
  sinceFlush: number
}

/** Customers and deploys, in order of time. */
async function simulateUntil(
  until: Nanos,
  { cluster, onStep }: Simulation,
  upcoming: Upcoming,
  simulate: (arrival: Arrival) => Promise<void>,
): Promise<void> {
  for (;;) {
    const arrival = upcoming.arrivals.peek()
    const deploy = upcoming.deploys[0]
    if (deploy !== undefined && deploy.at < until && deploy.at <= (arrival?.at ?? until)) {
      upcoming.deploys.shift()
      cluster.deploy(deploy)
      continue
    }
    if (arrival === undefined || arrival.at >= until) return
    upcoming.arrivals.take()
    await simulate(arrival)
    if (++upcoming.sinceFlush < REQUESTS_PER_FLUSH) continue
    upcoming.sinceFlush = 0
    await cluster.flush()
    onStep(arrival.at)
  }
}

function arrivalsOf({ random, settings, plan }: Simulation, duration: Nanos): Upcoming['arrivals'] {
  const source = arrivals(random.fork('arrivals'), settings.rate, duration, plan.certainVictims)
  let next = source.next()
  return {
    peek: () => (next.done === true ? undefined : next.value),
    take() {
      next = source.next()
    },
  }
}

/** False when the run was stopped while it waited. */
async function isDue(pace: Pace, time: Nanos, stop: AbortSignal): Promise<boolean> {
  try {
    await pace.due(time, stop)
    return true
  } catch (error) {
    if (stop.aborted) return false
    throw error
  }
}
