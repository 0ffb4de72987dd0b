import type { LogRecord } from './log-record.ts'

export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type Level = (typeof LEVELS)[number]

/** The first of a level's four severity numbers (logs data model, "Severity Fields"). */
const FIRST_SEVERITY: Record<Level, number> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 }

/**
 * How bad a record is: by its severity number, else by its severity's text, else by whether it tells of an exception:
 * browsers' agents send that and nothing else.
 */
export function levelOf({ severityNumber, severityText, attributes }: LogRecord): Level {
  const level = severityNumber > 0 ? LEVELS[(severityNumber - 1) >> 2] : undefined
  if (level !== undefined) return level
  const told = severityText === '' ? undefined : levelOfText(severityText)
  return told ?? (isException(attributes) ? 'error' : 'info')
}

/** The severity number, or where the sender left it out the one of the record's level. */
export function severityOf(log: LogRecord): number {
  return log.severityNumber > 0 ? log.severityNumber : FIRST_SEVERITY[levelOf(log)]
}

function isException(attributes: LogRecord['attributes']): boolean {
  return (
    attributes.has('exception.type') || attributes.has('exception.message') || attributes.has('exception.stacktrace')
  )
}

/**
 * Names of syslog, log4j, Python, Go, zap, glog, .NET and PostgreSQL, in brackets or without; `ERROR2` and `warning:`
 * count as well.
 */
const LEVEL_PATTERNS: readonly (readonly [RegExp, Level])[] = [
  [/^(f$|c$|fatal|crit|emerg|alert|d?panic|severe)/i, 'fatal'],
  [/^(e$|err|fail|exception)/i, 'error'],
  [/^(w$|warn)/i, 'warn'],
  [/^(i$|n$|info|notice|log$|success|ok$)/i, 'info'],
  [/^(d$|debug|dbg|fine$|config$)/i, 'debug'],
  [/^(t$|v$|trace|verbose|finer|finest|silly)/i, 'trace'],
]

function levelOfText(text: string): Level | undefined {
  const word = text
    .slice(0, 64)
    .replace(/^[^A-Za-z]+/, '')
    .replace(/[^A-Za-z0-9]+$/, '')
  return LEVEL_PATTERNS.find(([pattern]) => pattern.test(word))?.[1]
}
