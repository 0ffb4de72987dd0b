import { readdirSync, readFileSync } from 'node:fs'

/** The kernel counts CPU time in these; 100 a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** CPU seconds so far and peak resident memory of another process, read off Linux' /proc. */
export function usageOf(pid: number): { cpuSeconds: number; peakBytes: number } {
  const fields = statOf(pid)
  const ticks = Number(fields[UTIME]) + Number(fields[STIME])
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return { cpuSeconds: ticks / TICKS_PER_SECOND, peakBytes: Number(peak?.[1] ?? 0) * 1024 }
}

/** Of a process and all its children, those that have ended included. */
export function familyCpuSeconds(pid: number): number {
  let ticks = 0
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const fields = statOf(Number(name))
      if (Number(name) === pid)
        ticks += Number(fields[UTIME]) + Number(fields[STIME]) + Number(fields[CUTIME]) + Number(fields[CSTIME])
      else if (Number(fields[PPID]) === pid) ticks += Number(fields[UTIME]) + Number(fields[STIME])
    } catch {
      // It has ended since it was listed.
    }
  }
  return ticks / TICKS_PER_SECOND
}

const PPID = 1
const UTIME = 11
const STIME = 12
const CUTIME = 13
const CSTIME = 14

/** The command name may hold blanks; the fields are counted after its closing parenthesis. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}
