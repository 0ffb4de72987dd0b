import { readFileSync } from 'node:fs'

/** The kernel counts CPU time in these; 100 a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** CPU seconds so far and peak resident memory of another process, read off Linux' /proc. */
export function usageOf(pid: number): { cpuSeconds: number; peakBytes: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The command name may hold blanks; the fields are counted after its closing parenthesis.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return { cpuSeconds: ticks / TICKS_PER_SECOND, peakBytes: Number(peak?.[1] ?? 0) * 1024 }
}
