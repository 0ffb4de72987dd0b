import { setTimeout } from 'node:timers/promises'
import { ROOT_CONTEXT } from '@opentelemetry/api'
import { createTimeline, MILLISECOND, MINUTE, type Nanos, SECOND } from '../clock.ts'
import { DemoError } from '../errors.ts'
import { checkBooks, createLedger, type RunSummary } from '../ledger.ts'
import { createRandom } from '../random.ts'
import { listenToSdk } from '../telemetry/diagnostics.ts'
import { exportError, probe } from '../telemetry/exporters.ts'
import { makeRoomForTruth, writeTruth } from '../truth.ts'
import { type Arrival, drivers } from './drivers.ts'
import { createDropCounter, type DebugEvent, postEvents } from './drops.ts'
import { createFleet, type Fleet } from './fleet.ts'
import { DROP_KINDS } from './kinds.ts'
import { CALM, type FleetPlan, planFleet, TROUBLE_MAX } from './plan.ts'
import { createRepository } from './repository.ts'
import { serve } from './runtime.ts'
import { type FleetTruth, truthOf } from './truth.ts'

export type { DebugEvent } from './drops.ts'
export type { FleetTruth } from './truth.ts'

export interface FleetOptions {
  /** Which kind of drop it is, and all that is drawn. Whole number from 0. */
  readonly seed: number
  /** Base address of an OTLP/HTTP receiver. */
  readonly endpoint: string
  /** A folder of its own for the repository: new, empty, or of an earlier run. */
  readonly repository: string
  /** Where the ground truth is written as JSON; nowhere when absent. */
  readonly truthFile?: string | undefined
  /** Where tagged debug events go (`…/webhook/event`); whoever leaves it out sends them. */
  readonly debugQueue?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (
    progress: RunSummary & { readonly simulatedSeconds: number; readonly totalSeconds: number },
  ) => void
}

export interface FleetResult extends RunSummary {
  readonly truth: FleetTruth
  /** Each dropped session; the last one, of high priority, asks for a report. */
  readonly events: readonly DebugEvent[]
  readonly warnings: readonly string[]
}

/** Sessions and meter readings. */
const RATE_PER_SECOND = 1.6
const TICK: Nanos = 20 * SECOND
const REQUESTS_PER_FLUSH = 100
/** What the receiver `reports` looks back, less the time that it takes to look. */
const REPORTED_UNTIL_MS = 110_000
/** The repository is older than what runs. */
const REPOSITORY_AGE: Nanos = 3 * 24 * 60 * MINUTE

/**
 * Simulates a charging fleet of five services whose code is in a git repository, made anew, and runs as its commits have
 * it. After 21 quiet minutes sessions begin to be dropped, for one of twelve reasons; when so many are, that is told as a
 * tagged debug event of high priority, and the run ends. Reports are made of what is not older than two minutes, so the
 * trouble begins when the run is started: while the quiet minutes are sent; what would lie in the future waits for its time.
 *
 * @throws DemoError when the folder or git cannot be used, the endpoint does not answer, or something was not stored
 */
export async function runFleet(options: FleetOptions): Promise<FleetResult> {
  const { seed, endpoint, repository: folder } = options
  const diagnostics = listenToSdk()
  try {
    if (options.truthFile !== undefined) await makeRoomForTruth(options.truthFile)
    await probe(endpoint)
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new DemoError('usage', `--seed ${seed}: give a whole number from 0`)
    const kind = DROP_KINDS[seed % DROP_KINDS.length]!
    const random = createRandom(`ev/${seed}`)
    const timeline = createTimeline(Date.now() - Math.floor(CALM / MILLISECOND))
    const dateOf = (at: Nanos): Date => new Date(timeline.startUnixMs + at / MILLISECOND)
    const repository = await createRepository(folder, dateOf(-REPOSITORY_AGE))
    const plan = await planFleet(kind, repository, random.fork('plan'), dateOf)
    const ledger = createLedger()
    const drops = createDropCounter(timeline)
    const fleet = await createFleet({
      ...{ plan, repository, timeline, random: random.fork('fleet'), onDebugEvent: drops.add },
      sink: { endpoint, ledger, diagnostics },
    })
    const arrivals = drivers(
      random.fork('drivers'),
      RATE_PER_SECOND,
      (partner, at) => (fleet.trouble(at).endedContracts === partner ? +dateOf(plan.at) : undefined),
      at => +dateOf(at),
    )
    const onStep = (at: Nanos): void => {
      const failure = ledger.firstFailure()
      if (failure !== undefined) throw exportError(endpoint, failure)
      const [simulatedSeconds, totalSeconds] = [at / SECOND, (CALM + TROUBLE_MAX) / SECOND]
      options.onProgress?.({ ...ledger.summary(), simulatedSeconds, totalSeconds })
    }
    const stop = options.signal ?? new AbortController().signal
    const end = await drive({ fleet, plan, arrivals, isTold: drops.isTold, onStep, stop })
    checkBooks(endpoint, ledger)
    const events = drops.events()
    const warnings = [...diagnostics.warnings()]
    if (events.length > 0 && options.debugQueue !== undefined) {
      await postEvents(options.debugQueue, events)
      const ageMs = Date.now() - Date.parse(events.at(-1)!.timestamp)
      if (ageMs > REPORTED_UNTIL_MS) {
        warnings.push(
          `the run took so long that its last event is ${Math.round(ageMs / 1_000)} s old: reports are made of newer ones; try again when this machine has less to do`,
        )
      }
    }
    const truth = truthOf({ seed, plan, fleet, timeline, end, ledger, events })
    if (options.truthFile !== undefined) await writeTruth(options.truthFile, truth)
    return { ...ledger.summary(), truth, events, warnings }
  } finally {
    diagnostics.stop()
  }
}

interface Drive {
  readonly fleet: Fleet
  readonly plan: FleetPlan
  readonly arrivals: Generator<Arrival>
  readonly isTold: () => boolean
  readonly onStep: (at: Nanos) => void
  readonly stop: AbortSignal
}

/** Drivers, deploys, changes and collections in order of time, until the drops are told. Resolves to when that was. */
async function drive({ fleet, plan, arrivals, isTold, onStep, stop }: Drive): Promise<Nanos> {
  const deploys = [...plan.deploys]
  let [now, nextTick, sinceFlush, isChanged] = [0, TICK, 0, false]
  try {
    while (!isTold() && now < CALM + TROUBLE_MAX && !stop.aborted) {
      const { operation, request } = arrivals.next().value as Arrival // it has no end
      now = request.now
      for (; deploys[0] !== undefined && deploys[0].at <= now; deploys.shift()) await fleet.deploy(deploys[0])
      if (!isChanged && now >= plan.at) {
        isChanged = true
        fleet.changeSetting(plan.at)
      }
      for (; nextTick <= now; nextTick += TICK) await fleet.tick(nextTick)
      const waitMs = fleet.timeline.startUnixMs + now / MILLISECOND - Date.now()
      if (waitMs > 0) await setTimeout(waitMs, undefined, { signal: stop }).catch(() => {})
      await serve(fleet, request, 'EdgeDevice', operation, ROOT_CONTEXT)
      if (++sinceFlush < REQUESTS_PER_FLUSH) continue
      sinceFlush = 0
      await fleet.flush()
      onStep(now)
    }
    await fleet.tick(now)
  } finally {
    await fleet.close()
  }
  onStep(now)
  if (!isTold() && !stop.aborted) throw new DemoError('incomplete', `${plan.kind.name} did not drop enough sessions`)
  return now
}
