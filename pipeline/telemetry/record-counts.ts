import type { Attributes, Meter } from '@opentelemetry/api'
import type { RecordCounts } from '../component.ts'
import { SIGNALS, type Signal } from '../model/index.ts'

/** What the status line shows: sums over all receivers and durable exporters. */
export interface Totals {
  readonly accepted: number
  readonly refused: number
  readonly stored: number
  readonly deduplicated: number
  readonly dropped: number
}

/** The Collector's words for the items of a signal, as in `otelcol_receiver_accepted_spans`. */
const ITEMS: Record<Signal, string> = { traces: 'spans', metrics: 'metric_points', logs: 'log_records' }

const OUTCOMES = {
  accepted: ['receiver_accepted', 'Records that were acknowledged to their senders.'],
  refused: ['receiver_refused', 'Records that were not taken, by reason.'],
  stored: ['exporter_sent', 'Records that the exporter delivered.'],
  deduplicated: ['exporter_deduplicated', 'Records of requests that were stored before.'],
  dropped: ['dropped', 'Accepted records that were left out, by component and reason.'],
} as const
type Outcome = keyof typeof OUTCOMES

export interface Books extends RecordCounts {
  totals(signal: Signal): Totals
}

/**
 * Plain counters, cheap enough for every batch, read by the meter when someone asks. The status line reads the same
 * numbers, so what people see and what is scraped cannot differ.
 *
 * @param bestEffort ids of exporters that the totals leave out
 */
export function openBooks(meter: Meter, bestEffort: ReadonlySet<string> = new Set()): Books {
  const cells = new Map<string, { outcome: Outcome; signal: Signal; attributes: Attributes; value: number }>()
  const book = (outcome: Outcome, signal: Signal, attributes: Record<string, string>, records: number) => {
    if (records === 0) return
    const key = `${outcome}\n${signal}\n${Object.values(attributes).join('\n')}`
    const cell = cells.get(key)
    if (cell === undefined) cells.set(key, { outcome, signal, attributes, value: records })
    else cell.value += records
  }
  for (const outcome of Object.keys(OUTCOMES) as Outcome[]) {
    for (const signal of SIGNALS) {
      const [name, description] = OUTCOMES[outcome]
      const counter = meter.createObservableCounter(`sensorium_${name}_${ITEMS[signal]}`, { description })
      counter.addCallback(result => {
        for (const cell of cells.values()) {
          if (cell.outcome === outcome && cell.signal === signal) result.observe(cell.value, cell.attributes)
        }
      })
    }
  }
  const total = (outcome: Outcome, signal: Signal) => {
    let sum = 0
    for (const cell of cells.values()) {
      const { exporter, component } = cell.attributes
      if (bestEffort.has(String(exporter ?? component))) continue
      if (cell.outcome === outcome && cell.signal === signal) sum += cell.value
    }
    return sum
  }
  return {
    accepted: (receiver, signal, n) => book('accepted', signal, { receiver }, n),
    refused: (receiver, signal, reason, n) => book('refused', signal, { receiver, reason }, n),
    stored: (exporter, receiver, signal, n) => book('stored', signal, { exporter, receiver }, n),
    deduplicated: (exporter, receiver, signal, n) => book('deduplicated', signal, { exporter, receiver }, n),
    dropped: (component, receiver, signal, reason, n) => book('dropped', signal, { component, receiver, reason }, n),
    totals: signal => ({
      accepted: total('accepted', signal),
      refused: total('refused', signal),
      stored: total('stored', signal),
      deduplicated: total('deduplicated', signal),
      dropped: total('dropped', signal),
    }),
  }
}
