import { type Logger, pino } from 'pino'

/** JSON lines on stdout: what a log collector expects. */
export function jsonLogger(level: string): Logger {
  return pino({ level, base: { service: 'sensorium' }, timestamp: pino.stdTimeFunctions.isoTime })
}

/** For a terminal: only what needs attention, as a sentence; a message of the exporter `log` with what it tells of. */
export function terminalLogger(print: (text: string) => void): Logger {
  const write = (line: string) => {
    const { level, msg = '', err, told } = JSON.parse(line) as Line // pino wrote it
    if (told !== undefined) return print([`told: ${msg}`, ...whereTo(told)].join('\n'))
    const word = level >= 50 ? 'error' : 'warning'
    const cause = err?.message === undefined || msg.includes(err.message) ? '' : `: ${err.message}`
    print(`${word}: ${msg}${cause}`)
  }
  return pino({ level: 'warn' }, { write })
}

interface Line {
  readonly level: number
  readonly msg?: string
  readonly err?: { readonly message?: string }
  readonly told?: Told
}

interface Told {
  readonly findings: readonly { readonly link: string }[]
  readonly more_findings: number
}

/** The page of what the headline names, and where the others are. */
function whereTo({ findings: [first, ...others], more_findings: unnamed }: Told): string[] {
  if (first === undefined) return []
  const more = others.length + unnamed
  const all = new URL('/', first.link).href
  return more === 0 ? [`  ${first.link}`] : [`  ${first.link}`, `  and ${more} more: ${all}`]
}

/** For commands that print an answer: nothing but their answer. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' })
}
