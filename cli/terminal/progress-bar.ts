import { redraw } from './guard.ts'

/** How far a download is. */
export interface Progress {
  readonly what: string
  readonly bytes: number
  readonly totalBytes: number
  /** Bytes a second, of late. */
  readonly rate: number
}

const BAR_WIDTH = 24

/** `████████░░░░ 42 %  512/1220 MiB  21.3 MiB/s  0:33  model.onnx`, cut to the terminal's width. */
export function progressText({ what, bytes, totalBytes, rate }: Progress, columns: number): string {
  const share = totalBytes === 0 ? 1 : Math.min(1, bytes / totalBytes)
  const full = Math.round(share * BAR_WIDTH)
  const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full)
  const left = rate > 0 && bytes < totalBytes ? `  ${clock((totalBytes - bytes) / rate)}` : ''
  const percent = String(Math.floor(share * 100)).padStart(3)
  const speed = rate > 0 ? `  ${mebibytes(rate)} MiB/s` : ''
  const text = `${bar} ${percent} %  ${mebibytes(bytes)}/${mebibytes(totalBytes)} MiB${speed}${left}  ${what}`
  return text.length < columns ? text : `${text.slice(0, Math.max(0, columns - 2))}…`
}

function mebibytes(bytes: number): string {
  const value = bytes / 1024 / 1024
  return value < 100 ? value.toFixed(1) : value.toFixed(0)
}

function clock(seconds: number): string {
  const whole = Math.round(seconds)
  const minutes = Math.floor(whole / 60)
  return `${minutes}:${String(whole % 60).padStart(2, '0')}`
}

export interface ProgressBar {
  update(what: string, bytes: number, totalBytes: number): void
  /** Prints above the bar. */
  print(text: string): void
  stop(): void
}

/** Ten drawings a second are fluent, and no terminal minds. */
const REDRAW_MS = 100
/** Time over which the rate is taken: long enough to be calm, short enough to show a stall. */
const RATE_WINDOW_MS = 5_000

/** A bar that redraws itself on a terminal; elsewhere a line for each tenth, which a log can keep. */
export function startProgressBar(out: NodeJS.WriteStream): ProgressBar {
  const seen: { ms: number; bytes: number }[] = []
  let drawnMs = Number.NEGATIVE_INFINITY
  let tenth = -1
  let text = ''
  const isTerminal = out.isTTY === true
  const draw = () => redraw(out, text)
  const rateAt = (ms: number, bytes: number) => {
    seen.push({ ms, bytes })
    while (seen.length > 2 && seen[0]!.ms < ms - RATE_WINDOW_MS) seen.shift()
    const first = seen[0]!
    return ms > first.ms ? Math.max(0, ((bytes - first.bytes) / (ms - first.ms)) * 1000) : 0
  }
  return {
    update: (what, bytes, totalBytes) => {
      const ms = performance.now()
      if (!isTerminal) {
        const now = Math.floor((bytes * 10) / Math.max(1, totalBytes))
        if (now !== tenth) out.write(`${now * 10} %  ${mebibytes(bytes)}/${mebibytes(totalBytes)} MiB  ${what}\n`)
        tenth = now
      } else if (ms - drawnMs >= REDRAW_MS || bytes === totalBytes) {
        drawnMs = ms
        // A terminal that does not know its width says 0.
        text = progressText({ what, bytes, totalBytes, rate: rateAt(ms, bytes) }, out.columns || 80)
        draw()
      }
    },
    print: line => {
      if (isTerminal) redraw(out, `${line}\n`)
      else out.write(`${line}\n`)
      if (isTerminal) draw()
    },
    stop: () => {
      if (isTerminal && text !== '') out.write('\n')
    },
  }
}
