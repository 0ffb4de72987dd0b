import { Command } from 'commander'
import { withClient } from '../../store/connect.ts'
import { readWith } from '../../store/reading.ts'
import { readTrace, type StoredTrace } from '../../store/trace.ts'
import { sinceOption } from '../arguments.ts'
import { configOption } from '../config-option.ts'
import { withStore } from '../database.ts'
import { columnsOf } from '../terminal/columns.ts'
import { printJson, printPainted } from '../terminal/guard.ts'
import { durationText, levelMeaning, waterfall } from '../terminal/waterfall.ts'

interface Options {
  readonly config: string
  readonly since: Date
  readonly logs?: true
  readonly json?: true
}

/** A bar has to have a length, also where no terminal says how much room there is. */
const PIPE_COLUMNS = 160

export function traceCommand(): Command {
  return new Command('trace')
    .argument('<id>', 'of a trace (32 hex digits, or the first six or more), or of a request')
    .addOption(configOption())
    .addOption(
      sinceOption('--since <time>', 'how far back a part of an id is looked for: 15m, 24h, 7d, or a time', '7d'),
    )
    .option('--logs', 'all log lines of the trace, not only warnings and errors')
    .option('--json', 'print {"trace_id", "started", "spans": […], "logs": […]}')
    .addHelpText(
      'after',
      `
Each line is a span: who, what, how long, and a bar in the trace's own time; red is an error. Log lines stand below
the span that wrote them. The ids of traces are in every span and log:

  sensorium sql "SELECT trace_id, service, operation_name FROM trace_spans WHERE status = 'error' AND timestamp > now() - interval '1 hour' LIMIT 5"
  sensorium tail --errors`,
    )
    .action(async (id: string, options: Options) => {
      const trace = await withStore(options.config, store =>
        withClient(store, 'reader', client => readTrace(readWith(client), id, options.since)),
      )
      if (options.json) printJson(trace)
      else printTrace(trace, options.logs === true)
    })
}

function printTrace({ trace_id, started, spans, logs }: StoredTrace, withAllLogs: boolean): void {
  const endMs = spans.reduce((end, span) => Math.max(end, span.start_ms + span.duration_ms), 0)
  const errors = spans.filter(span => span.status === 'error').length
  const services = new Set(spans.map(span => span.service)).size
  const told = logs.filter(log => withAllLogs || levelMeaning(log.level) !== undefined)
  const left = logs.length - told.length
  printPainted([
    [{ text: `trace ${trace_id}`, means: 'heading' }, `  ${started.toISOString()}  ${durationText(endMs)}`],
    [
      `${spans.length} spans of ${services} services, `,
      { text: `${errors} errors`, means: errors > 0 ? 'bad' : undefined },
    ],
    [],
    ...waterfall(spans, told, Math.min(columnsOf(process.stdout), PIPE_COLUMNS)),
    ...(left > 0
      ? [[], [{ text: `${left} log lines are not shown; --logs shows them`, means: 'beside' as const }]]
      : []),
  ])
}
