import { readHeader } from '../../analysis/stack/header.ts'

/** The error that a crash log tells of, as OpenTelemetry's `exception.*` has it; '' where the log does not say. */
export interface Crash {
  readonly type: string
  readonly message: string
  readonly stack: string
}

/** `[2026-11-21T10:00:00.000Z] ` or the same without brackets. */
const TIME = /^\[?\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)\]?\s+/
/** What crash handlers write before the error. */
const LEAD = /^(?:UNCAUGHT|UNHANDLED|FATAL|PANIC|CRASH)(?:[ _-](?:EXCEPTION|REJECTION|ERROR|PROMISE REJECTION))?:\s*/i
/** What ends an error's stack though it is not indented: the next entry. */
const EXIT = /^(?:EXIT|SIGNAL|START|STOP)\b/i

/**
 * The last error in the lines of a crash log: a line such as `UNCAUGHT: TypeError: x` or `TypeError: x`, with the stack
 * below it. Undefined where no line looks like one.
 */
export function readCrash(entries: readonly string[]): Crash | undefined {
  const lines = entries.flatMap(entry => entry.split('\n')).map(line => line.replace(TIME, '').trimEnd())
  const start = lastError(lines)
  if (start < 0) return undefined
  const headline = lines[start]!.replace(LEAD, '')
  const header = readHeader(headline)
  const stack = [headline]
  for (const line of lines.slice(start + 1)) {
    if (EXIT.test(line) || LEAD.test(line)) break
    stack.push(line)
  }
  const isStack = stack.some(line => /^\s/.test(line))
  return {
    type: header?.type ?? '',
    message: header?.message ?? headline,
    stack: isStack ? stack.join('\n') : '',
  }
}

/** A line with a lead counts before one that only looks like an error: that may be the cause of the other. */
function lastError(lines: readonly string[]): number {
  const led = lines.findLastIndex(line => LEAD.test(line))
  if (led >= 0) return led
  return lines.findLastIndex((line, i) => readHeader(line) !== undefined && /^\s+\S/.test(lines[i + 1] ?? ''))
}
