import { SIGNALS, type Signal } from '../../pipeline/model/index.ts'
import type { Totals } from '../../pipeline/telemetry/record-counts.ts'
import { redraw } from './guard.ts'

/** Two readings a second: fast enough to feel live, slow enough to read. */
const REFRESH_MS = 500

export interface StatusLine {
  /** Prints above the line, which moves down. */
  print(text: string): void
  stop(): void
}

/** One line at the bottom of the terminal that shows the books of each signal. */
export function startStatusLine(totals: (signal: Signal) => Totals, out: NodeJS.WriteStream): StatusLine {
  const draw = () => redraw(out, statusText(totals, out.columns ?? 120))
  const timer = setInterval(draw, REFRESH_MS)
  timer.unref()
  draw()
  return {
    print: text => {
      redraw(out, `${text.trimEnd()}\n`)
      draw()
    },
    stop: () => {
      clearInterval(timer)
      draw()
      out.write('\n')
    },
  }
}

/**
 * `traces 1,200 accepted, 1,100 stored, 50 deduplicated, 50 dropped │ …`; where that is too wide, the same numbers as
 * `traces 1,200 = 1,100 + 50 + 50`, and where even that is, as much of it as there is room for.
 */
export function statusText(totals: (signal: Signal) => Totals, columns: number): string {
  const long = SIGNALS.map(signal => `${signal} ${inWords(totals(signal))}`).join(' │ ')
  if (long.length < columns) return long
  const short = SIGNALS.map(signal => `${signal} ${asEquation(totals(signal))}`).join(' │ ')
  return short.length < columns ? short : `${short.slice(0, Math.max(0, columns - 2))}…`
}

function inWords({ accepted, refused, stored, deduplicated, dropped }: Totals): string {
  const parts = [`${count(accepted)} accepted`, `${count(stored)} stored`]
  parts.push(`${count(deduplicated)} deduplicated`, `${count(dropped)} dropped`)
  if (refused > 0) parts.push(`${count(refused)} refused`)
  return parts.join(', ')
}

function asEquation({ accepted, stored, deduplicated, dropped }: Totals): string {
  return `${count(accepted)} = ${count(stored)} + ${count(deduplicated)} + ${count(dropped)}`
}

function count(n: number): string {
  if (n < 100_000) return n.toLocaleString('en')
  if (n < 10_000_000) return `${(n / 1_000).toFixed(0)}k`
  return `${(n / 1_000_000).toFixed(1)}M`
}
