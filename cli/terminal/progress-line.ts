import { redraw } from './guard.ts'

/** Long enough that a quick step does not flicker, short enough that a slow one is seen to be at work. */
const REDRAW_MS = 200

export interface ProgressLine {
  update(what: string): void
  /** Leaves an empty line. */
  clear(): void
}

/** One line that says what is being waited for, and for how long. */
export function startProgressLine(out: NodeJS.WriteStream): ProgressLine {
  const startMs = performance.now()
  let what = ''
  const draw = () => redraw(out, progressLineText(what, (performance.now() - startMs) / 1000, out.columns || 80))
  let timer: NodeJS.Timeout | undefined
  return {
    update: text => {
      what = text
      timer ??= setInterval(draw, REDRAW_MS).unref()
      draw()
    },
    clear: () => {
      clearInterval(timer)
      if (timer !== undefined) redraw(out, '')
      timer = undefined
    },
  }
}

/** `… 3 s  making tables: 0011_rows.sql`, cut to the terminal's width. */
export function progressLineText(what: string, seconds: number, columns: number): string {
  const text = `… ${seconds.toFixed(0)} s  ${what}`
  return text.length < columns ? text : `${text.slice(0, Math.max(0, columns - 2))}…`
}
