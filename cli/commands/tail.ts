import { setTimeout as pause } from 'node:timers/promises'
import { Command, Option } from 'commander'
import type pg from 'pg'
import { withClient } from '../../store/connect.ts'
import { readTail, type TailFilter, type TailRow } from '../../store/tail.ts'
import { countOf, timeOf } from '../arguments.ts'
import { configOption } from '../config-option.ts'
import { withStore } from '../database.ts'
import { stopSignal } from '../stop-signal.ts'
import { type Line, printJson, printPainted } from '../terminal/guard.ts'
import { levelMeaning, oneLine } from '../terminal/waterfall.ts'

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']
/** Quick enough to feel live, slow enough that nobody notices it in the database. */
const POLL_MS = 500
/** Senders batch for seconds, and Collectors for some more: records are looked for as far back as this. */
const LATE_MS = 30_000
/** In one look. What a busier system writes in half a second nobody reads: it is told that there is more. */
const MAX_ROWS = 500

interface Options {
  readonly config: string
  readonly service?: readonly string[]
  readonly env?: string
  readonly level?: string
  readonly errors?: true
  readonly grep?: string
  readonly trace?: string
  readonly since?: Date
  readonly lines: number
  readonly follow: boolean
  readonly json?: true
}

export function tailCommand(): Command {
  return new Command('tail')
    .addOption(configOption())
    .option('--service <names...>', 'of these services')
    .option('--env <name>', 'of this environment')
    .addOption(new Option('--level <level>', 'this level and worse').choices(LEVELS))
    .option('--errors', 'errors alone: log lines and failed spans')
    .option('--grep <text>', 'lines that hold this text, in any case')
    .option('--trace <id>', 'of one trace (32 hex digits)')
    .option('--since <time>', 'begin there: 15m, 24h, 7d, or an ISO 8601 time', timeOf)
    .option('-n, --lines <n>', 'so many lines of the past first', countOf(MAX_ROWS), 20)
    .option('--no-follow', 'print the past, and end')
    .option('--json', 'print a JSON object a line')
    .addHelpText(
      'after',
      `
Log lines and failed spans as they are stored, until Ctrl-C. Records that come up to ${LATE_MS / 1000} s late are still shown.

  sensorium tail
  sensorium tail --errors --service checkout payment
  sensorium tail --level warn --grep timeout --json | jq .message`,
    )
    .action(async (options: Options) => {
      await withStore(options.config, store => withClient(store, 'reader', client => tail(client, options)))
    })
}

async function tail(client: pg.ClientBase, options: Options): Promise<void> {
  const stop = new AbortController()
  const print = options.json ? printRow : printLine
  const filter = filterOf(options)
  const startMs = Date.now()
  const since = options.since ?? new Date(startMs - DAY_MS)
  // One look for both: what the past shows and what is not new, so that nothing is stored between two looks.
  const stored = await readTail(client, new Date(Math.min(+since, startMs - LATE_MS)), filter, MAX_ROWS)
  const past = stored.filter(({ timestamp }) => timestamp >= since).slice(-options.lines)
  for (const row of past) print(row)
  if (!options.follow) return
  void stopSignal().then(() => stop.abort())
  const seen = new Map(stored.map(row => [row.key, row.timestamp]))
  if (process.stderr.isTTY) console.error('— following; Ctrl-C ends —')
  while (!stop.signal.aborted) {
    await pause(POLL_MS, undefined, { signal: stop.signal }).catch(() => {})
    if (stop.signal.aborted) return
    const from = new Date(Date.now() - LATE_MS)
    const rows = await readTail(client, from, filter, MAX_ROWS)
    const fresh = rows.filter(({ key }) => !seen.has(key))
    for (const [key, timestamp] of seen) if (timestamp < from) seen.delete(key)
    for (const row of fresh) {
      seen.set(row.key, row.timestamp)
      print(row)
    }
    if (fresh.length === MAX_ROWS) console.error('… more than can be shown: --service, --level or --grep leave less')
  }
}

const DAY_MS = 86_400_000

function filterOf({ service, env, level, errors, grep, trace }: Options): TailFilter {
  const from = errors ? 'error' : level
  return {
    services: service,
    environment: env,
    levels: from === undefined ? undefined : LEVELS.slice(LEVELS.indexOf(from)),
    contains: grep,
    traceId: trace?.toLowerCase(),
  }
}

function printRow({ key: _, is_span: isSpan, ...row }: TailRow): void {
  printJson({ ...row, kind: isSpan ? 'span' : 'log' })
}

/** One line a record: a stack is in --json, and in `sensorium trace`. */
function printLine({
  timestamp,
  level,
  service,
  message,
  error_type: type,
  trace_id: trace,
  is_span: isSpan,
}: TailRow): void {
  const means = levelMeaning(level)
  const prefix = type === null || message.includes(type) ? '' : `${type}: `
  const line: Line = [
    { text: timestamp.toISOString().slice(11, 23), means: 'beside' },
    ' ',
    { text: (isSpan ? 'span' : level).padEnd(5), means: means ?? 'beside' },
    ' ',
    { text: oneLine(service), means: 'heading' },
    ' ',
    { text: oneLine(`${prefix}${message}`), means: level === 'fatal' || level === 'error' ? 'bad' : undefined },
    ...(trace === null ? [] : [{ text: `  ${trace.slice(0, 8)}`, means: 'beside' as const }]),
  ]
  printPainted([line])
}
