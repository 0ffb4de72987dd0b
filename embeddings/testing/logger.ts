import { type Logger, pino } from 'pino'

/** A logger whose lines a test reads. */
export function keepingLogger(): { logger: Logger; lines: { level: number; msg: string }[] } {
  const lines: { level: number; msg: string }[] = []
  const write = (line: string) => {
    lines.push(JSON.parse(line) as { level: number; msg: string }) // pino wrote it
  }
  return { logger: pino({ level: 'debug' }, { write }), lines }
}
