import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { limitedWarnings } from '../../delivery/delivery.ts'
import { exportSpans } from './export-spans.ts'
import { instrument } from './instrument.ts'
import { END_FLUSH_MS, flushOnEnd } from './on-end.ts'
import { resourceOf } from './resource.ts'
import { readSettings, type Settings, type TelemetryOptions } from './settings.ts'

export type { TelemetryOptions } from './settings.ts'
export { withSpan } from './with-span.ts'

/** The running set-up. Nothing here throws or rejects. */
export interface Telemetry {
  /** Sends what waits. True once all of it is stored or refused, false at the deadline, 3 s unless told. */
  flush(timeoutMs?: number): Promise<boolean>
  /** Spans that wait, are stored, and were given up: refused, or past the limits. */
  status(): { readonly pending: number; readonly sent: number; readonly dropped: number }
  /** Ends the recording, and flushes. */
  shutdown(timeoutMs?: number): Promise<boolean>
}

/** Generous for what people write into attributes, and a bound for a span of 128 attributes and 128 events. */
const ATTRIBUTE_CHARS_MAX = 16_384
const NOTHING: Telemetry = {
  flush: async () => true,
  status: () => ({ pending: 0, sent: 0, dropped: 0 }),
  shutdown: async () => true,
}

let running: Telemetry | undefined

/**
 * Records the traces of this process and sends them to Sensorium: HTTP requests in and out, queries of `pg`, and
 * what `withSpan` wraps. Never throws: what is wrong is told to `onWarning`, and the application runs without traces. A second call gives what
 * the first one started.
 */
export function startTelemetry(options: TelemetryOptions = {}): Telemetry {
  const warn = limitedWarnings(message => (options.onWarning ?? console.warn)(`telemetry: ${message}`))
  if (running !== undefined) {
    warn('again', 'it runs already; this call changes nothing')
    return running
  }
  try {
    const settings = readSettings(options)
    if (settings.isDisabled) return NOTHING
    running = start(settings, message => (options.onWarning ?? console.warn)(`telemetry: ${message}`))
  } catch (error) {
    warn('start', `not started, the application runs without traces: ${String(error)}`)
  }
  return running ?? NOTHING
}

function start(settings: Settings, onWarning: (message: string) => void): Telemetry {
  const { processor, delivery } = exportSpans({ url: settings.tracesUrl, headers: settings.headers, onWarning })
  const provider = new TracerProvider({
    resource: resourceOf(settings),
    sampler: samplerOf(settings.sampleRatio),
    spanLimits: { attributeValueLengthLimit: ATTRIBUTE_CHARS_MAX },
    spanProcessors: [processor],
  })
  if (!trace.setGlobalTracerProvider(provider)) throw new Error('another OpenTelemetry SDK is set up in this process')
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  )
  const undo = [instrument(provider, settings.instrumentations)]
  const flush = (timeoutMs = END_FLUSH_MS) => delivery.flush(timeoutMs)
  flushOnEnd(flush, delivery)
  return {
    flush,
    status: () => ({ pending: delivery.pending, sent: delivery.sent, dropped: delivery.dropped }),
    shutdown: timeoutMs => {
      for (const one of undo.splice(0)) one()
      trace.disable()
      return flush(timeoutMs)
    },
  }
}

/** A trace from elsewhere keeps the choice that was made where it began: half a trace is of little use. */
function samplerOf(ratio: number): Sampler {
  return new ParentBasedSampler({ root: ratio === 1 ? new AlwaysOnSampler() : new TraceIdRatioBasedSampler(ratio) })
}
