import { type AroundSummary, sendAround } from './around/index.ts'
import { createPace, MINUTE, SECOND } from './clock.ts'
import { createPlan } from './incident/plan.ts'
import { checkBooks, createLedger, type RunSummary } from './ledger.ts'
import { type DemoOptions, demoSettings } from './options.ts'
import { createRandom } from './random.ts'
import { run } from './run.ts'
import { createCluster } from './shop/cluster.ts'
import { listenToSdk } from './telemetry/diagnostics.ts'
import { exportError, probe } from './telemetry/exporters.ts'
import { createTruthRecorder, type GroundTruth, makeRoomForTruth, writeTruth } from './truth.ts'

export { EdgeRefusal } from './around/edge.ts'
export type { AroundSummary, Edge, TillIdentity } from './around/index.ts'
export { DemoError } from './errors.ts'
export { type DebugEvent, type FleetTruth, runFleet } from './fleet/index.ts'
export { DROP_KINDS } from './fleet/kinds.ts'
export { QUIET, WORLD_NAMES, type WorldName } from './incident/worlds.ts'
export { DEMO_DEFAULTS, type DemoOptions, type DemoProgress } from './options.ts'
export type { GroundTruth } from './truth.ts'

export interface DemoResult extends RunSummary {
  readonly truth: GroundTruth
  /** Undefined without an edge, and of a run that was stopped early. */
  readonly around: AroundSummary | undefined
  /** What the OpenTelemetry SDK complained about; empty in a healthy run. */
  readonly warnings: readonly string[]
}

/** A terminal needs no more; counting is cheap, drawing is not. */
const PROGRESS_EVERY_MS = 100

/**
 * Simulates a shop of six services and sends its telemetry through the OpenTelemetry SDK to an OTLP/HTTP receiver.
 * What is around it, CI, tills, an agent, sends to `options.edge`. One of its deploys breaks something, or none in `options.world`: `truth` tells, and `options.truthFile` gets it as JSON.
 *
 * Spans, logs and points depend on the seed, the minutes and the rate alone, but for the time at which the run starts:
 * the same settings give the same ids again, so use another seed for a second run into the same database.
 *
 * @throws DemoError when an option cannot be, the endpoint does not answer, an export fails for good, or the receiver
 *   acknowledges less than was generated.
 */
export async function runDemo(options: DemoOptions = {}): Promise<DemoResult> {
  const settings = demoSettings(options)
  const diagnostics = listenToSdk()
  try {
    if (options.truthFile !== undefined) await makeRoomForTruth(options.truthFile)
    await probe(settings.endpoint)
    const ledger = createLedger()
    // Rate and length shape the plan, so they are part of what a seed means.
    const random = createRandom(`shop/${settings.seed}/${settings.minutes}/${settings.rate}`)
    const duration = Math.round(settings.minutes * MINUTE)
    const plan = createPlan(settings.seed, duration, random.fork('plan'), settings.world)
    const recorder = createTruthRecorder(plan)
    const pace = createPace(duration, settings.speed, Date.now)
    const cluster = createCluster({
      plan,
      timeline: pace.timeline,
      random: random.fork('cluster'),
      sink: { endpoint: settings.endpoint, ledger, diagnostics },
      onFailure: recorder.onFailure,
    })
    const stop = options.signal ?? new AbortController().signal
    const progress = throttle(PROGRESS_EVERY_MS)
    const onStep = (simulated: number): void => {
      const failure = ledger.firstFailure()
      if (failure !== undefined) throw exportError(settings.endpoint, failure)
      const isLast = simulated === duration
      if (options.onProgress === undefined || !(progress() || isLast)) return
      options.onProgress({ ...ledger.summary(), simulatedSeconds: simulated / SECOND, totalSeconds: duration / SECOND })
    }
    const outcome = await run({ settings, plan, cluster, random, pace, stop, onStep })
    const truth = recorder.truth({ settings, timeline: pace.timeline, ledger, ...outcome })
    if (options.truthFile !== undefined) await writeTruth(options.truthFile, truth)
    checkBooks(settings.endpoint, ledger)
    const { edge } = options
    const around =
      edge === undefined || outcome.interrupted
        ? undefined
        : await sendAround({ edge, plan, timeline: pace.timeline, duration, random: random.fork('around') })
    return { ...ledger.summary(), truth, around, warnings: diagnostics.warnings() }
  } finally {
    diagnostics.stop()
  }
}

/** True at most once in the given time. */
function throttle(everyMs: number): () => boolean {
  let last = Number.NEGATIVE_INFINITY
  return () => {
    const now = performance.now()
    if (now - last < everyMs) return false
    last = now
    return true
  }
}
