import { DemoError } from './errors.ts'

export type Signal = 'traces' | 'logs' | 'metrics'
export const SIGNALS: readonly Signal[] = ['traces', 'logs', 'metrics']

/** Spans, log records, metric data points. */
export type SignalCounts = Record<Signal, number>

export interface RunSummary {
  /** Counted where the SDK ends a span, emits a record, collects a point: before any queue. */
  readonly generated: SignalCounts
  /** Counted when the receiver has answered, less what it said it rejected. */
  readonly acknowledged: SignalCounts
  /** Refused record by record, through OTLP's partial success. */
  readonly rejected: SignalCounts
}

/**
 * The sender's books. Per signal, once everything is flushed: generated = acknowledged + rejected + failed. A
 * difference would be something that a queue of the SDK dropped, which the SDK itself does without a word.
 */
export interface Ledger {
  generated(service: string, signal: Signal, count: number): void
  acknowledged(signal: Signal, count: number): void
  rejected(signal: Signal, count: number, message: string): void
  failed(signal: Signal, count: number, error: Error): void
  summary(): RunSummary
  perService(): Record<string, SignalCounts>
  /** The first export that failed for good; the run ends on it. */
  firstFailure(): Error | undefined
  rejections(): readonly string[]
}

/** The receiver's words on rejected records repeat themselves; the first few different ones tell it all. */
const MAX_REJECTION_MESSAGES = 5

export function createLedger(): Ledger {
  const generated = zero()
  const acknowledged = zero()
  const rejected = zero()
  const services = new Map<string, SignalCounts>()
  const messages = new Set<string>()
  let failure: Error | undefined

  return {
    generated(service, signal, count) {
      generated[signal] += count
      const counts = services.get(service) ?? zero()
      counts[signal] += count
      services.set(service, counts)
    },
    acknowledged(signal, count) {
      acknowledged[signal] += count
    },
    rejected(signal, count, message) {
      rejected[signal] += count
      if (messages.size < MAX_REJECTION_MESSAGES) messages.add(message)
    },
    failed(signal, count, error) {
      failure ??= new Error(`${count} items of ${signal}: ${error.message}`, { cause: error })
    },
    summary: () => ({ generated: { ...generated }, acknowledged: { ...acknowledged }, rejected: { ...rejected } }),
    perService: () => Object.fromEntries([...services].map(([name, counts]) => [name, { ...counts }])),
    firstFailure: () => failure,
    rejections: () => [...messages],
  }
}

function zero(): SignalCounts {
  return { traces: 0, logs: 0, metrics: 0 }
}

/** @throws DemoError unless everything that was generated was also acknowledged. */
export function checkBooks(endpoint: string, ledger: Ledger): void {
  const { generated, acknowledged, rejected } = ledger.summary()
  const faults = SIGNALS.flatMap(signal => {
    const missing = generated[signal] - acknowledged[signal]
    if (missing === 0) return []
    const of = rejected[signal] === missing ? 'rejected' : 'lost on the way'
    return [`${missing} of ${generated[signal]} items of ${signal} were ${of}`]
  })
  if (faults.length === 0) return
  const reasons = ledger.rejections().map(message => ` It said: ${message}.`)
  throw new DemoError('incomplete', `${endpoint} does not have everything: ${faults.join('; ')}.${reasons.join('')}`)
}
