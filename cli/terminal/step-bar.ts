const BAR_WIDTH = 24
/** Ten drawings a second are fluent, and no terminal minds. */
const REDRAW_MS = 100

/** `████████░░░░  42 %  trace_spans` */
export function stepText(what: string, done: number, total: number): string {
  const share = total === 0 ? 1 : Math.max(0, Math.min(1, done / total))
  const full = Math.round(share * BAR_WIDTH)
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${String(Math.floor(share * 100)).padStart(3)} %  ${what}`
}

export interface StepBar {
  update(text: string): void
  stop(): void
}

/** A line that redraws itself on a terminal; elsewhere nothing, since what was done is told in the end. */
export function startStepBar(out: NodeJS.WriteStream): StepBar {
  let drawnMs = Number.NEGATIVE_INFINITY
  let last = ''
  const draw = () => {
    // A terminal that does not know its width says 0.
    const columns = out.columns || 80
    out.write(`\r\x1b[2K${last.length < columns ? last : `${last.slice(0, columns - 2)}…`}`)
  }
  return {
    update: text => {
      last = text
      if (out.isTTY !== true || performance.now() - drawnMs < REDRAW_MS) return
      drawnMs = performance.now()
      draw()
    },
    stop: () => {
      if (out.isTTY !== true || last === '') return
      draw()
      out.write('\n')
    },
  }
}
