import { type Logger, pino } from 'pino'

/** JSON lines on stdout: what a log collector expects. */
export function jsonLogger(level: string): Logger {
  return pino({ level, base: { service: 'sensorium' }, timestamp: pino.stdTimeFunctions.isoTime })
}

/** For a terminal: only what needs attention, as a sentence. */
export function terminalLogger(print: (text: string) => void): Logger {
  const write = (line: string) => {
    const { level, msg, err } = JSON.parse(line) as { level: number; msg?: string; err?: { message?: string } } // pino wrote it
    const word = level >= 50 ? 'error' : 'warning'
    const cause = err?.message === undefined || msg?.includes(err.message) ? '' : `: ${err.message}`
    print(`${word}: ${msg ?? ''}${cause}`)
  }
  return pino({ level: 'warn' }, { write })
}

/** For commands that print an answer: nothing but their answer. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' })
}
