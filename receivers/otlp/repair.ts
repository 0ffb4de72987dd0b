import { datable, inAnotherUnit, isDatable } from '../../pipeline/datable.ts'
import type { Attributes, Item, LogRecord, MetricPoint, Signal, Span } from '../../pipeline/model/index.ts'

/** What a repaired record says of the time that its sender wrote, in nanoseconds. */
const ORIGINAL_TIME = 'sensorium.original_time_unix_nano'
/** DataPointFlags, bit 0 (metrics data model, "No Recorded Value"): the value is a placeholder. */
const NO_RECORDED_VALUE = 1

export interface Repaired {
  readonly items: readonly Item[]
  /** Records whose time was not to be believed. They are marked. */
  readonly times: number
}

/**
 * Decoded records with what would mislead set right: a time that no row may be dated with, by the unit that was meant,
 * by another time of the record, or by the receipt; a span without a start begins when it ended; a point without a
 * recorded value has none. Where nothing is wrong, the same objects.
 */
export function repair(signal: Signal, items: readonly Item[], receivedUnixNano: bigint): Repaired {
  const receivedMs = Number(receivedUnixNano) / 1e6
  const isFine = (time: bigint) => isDatable(Number(time) / 1e6, receivedMs)
  let times = 0
  const set = (time: bigint, near: bigint) => inAnotherUnit(time, near) ?? near
  const rules: { readonly [S in Signal]: (item: never) => Item } = {
    logs: (log: LogRecord) => {
      const { timeUnixNano: time, observedTimeUnixNano: observed } = log
      // 0 is how a sender says that it does not know.
      if ((time === 0n || isFine(time)) && (observed === 0n || isFine(observed))) return log
      times++
      const seen = observed === 0n ? 0n : datable(observed, receivedUnixNano)
      const timeUnixNano = time === 0n || isFine(time) ? time : set(time, seen || receivedUnixNano)
      return { ...log, timeUnixNano, observedTimeUnixNano: seen, attributes: marked(log.attributes, time || observed) }
    },
    traces: (span: Span) => {
      const { startTimeUnixNano: start, endTimeUnixNano: end } = span
      if (isFine(start) && isFine(end)) return span
      if (start === 0n && end === 0n) return span
      times++
      const ended = isFine(end) ? end : isFine(start) ? start : set(end, receivedUnixNano)
      const startTimeUnixNano = isFine(start) ? start : set(start, ended)
      const endTimeUnixNano = isFine(end) ? end : set(end, startTimeUnixNano)
      return { ...span, startTimeUnixNano, endTimeUnixNano, attributes: marked(span.attributes, start) }
    },
    metrics: (point: MetricPoint) => {
      const { timeUnixNano: time, startTimeUnixNano: start } = point
      const recorded: MetricPoint =
        (point.flags & NO_RECORDED_VALUE) === 0 ? point : { ...point, value: { kind: 'number', value: null } }
      if ((time === 0n || isFine(time)) && (start === 0n || isFine(start))) return recorded
      times++
      const timeUnixNano = time === 0n || isFine(time) ? time : set(time, receivedUnixNano)
      // A start that cannot be is as good as none.
      const startTimeUnixNano = start === 0n || isFine(start) ? start : (inAnotherUnit(start, timeUnixNano) ?? 0n)
      return { ...recorded, timeUnixNano, startTimeUnixNano }
    },
  }
  const rule = rules[signal] as (item: Item) => Item // the items are of the signal
  let changed: Item[] | undefined
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!
    const repaired = rule(item)
    if (repaired === item) continue
    changed ??= items.slice()
    changed[i] = repaired
  }
  return { items: changed ?? items, times }
}

function marked(attributes: Attributes, original: bigint): Attributes {
  return new Map(attributes).set(ORIGINAL_TIME, String(original))
}
