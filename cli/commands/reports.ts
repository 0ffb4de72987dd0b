import { Command } from 'commander'
import { listReports, readReport } from '../../store/reports/people.ts'
import { asReader } from '../database.ts'
import { printJson, printLines } from '../terminal/guard.ts'
import { printTable } from '../terminal/table.ts'
import { command, type ListOptions, listOptions } from './anomalies-stored.ts'

export function reportsCommand(): Command {
  return new Command('reports')
    .addHelpText(
      'after',
      `
  sensorium reports list --since 7d
  sensorium reports show 3f2a
  sensorium causes feedback 3f2a right`,
    )
    .addCommand(
      listOptions(command('list', 'reports, the newest first')).action(async (options: ListOptions) => {
        const { service, since, limit } = options
        const rows = await asReader(options.config, client => listReports(client, { service, since, limit }))
        if (options.json) return printJson(rows)
        const columns = ['id', 'at', 'of', 'title', 'cause', 'kind', 'release', 'sure', 'verdict']
        const shown = rows.map(row => ({
          ...row,
          at: row.triggered_at.toISOString().slice(0, 19),
          of: row.trigger_kind,
          sure: row.confidence,
        }))
        printTable(columns, shown)
      }),
    )
    .addCommand(
      command('show', 'one report: what failed, the likely causes with their evidence, what people said of it')
        .argument('<id>', 'its id, or the beginning')
        .action(async (id: string, options: { readonly config: string; readonly json?: true }) => {
          const report = await asReader(options.config, client => readReport(client, id))
          if (options.json) printJson(report)
          else printLines(written(report))
        }),
    )
}

interface PathRow {
  readonly text: string
  readonly table: string
  readonly id: string
}

function written(report: Readonly<Record<string, unknown>>): string {
  const hypotheses = report.hypotheses as readonly { readonly path: readonly PathRow[] }[]
  const feedback = report.feedback as readonly {
    readonly said_by: string
    readonly verdict: string
    readonly cause: string | null
  }[]
  const path = hypotheses[0]?.path ?? []
  const told = report.prose as {
    readonly prose: string | null
    readonly note: string | null
    readonly model: string
  } | null
  return `${[
    ...(typeof told?.prose === 'string' ? [told.prose, `(in the words of ${told.model}; [E…] in --json)`, ''] : []),
    String(report.text),
    ...(typeof told?.note === 'string' ? [told.note] : []),
    ...(path.length === 0 ? [] : ['', 'From the symptom to the cause, with rows that show it:']),
    ...path.map(({ text, table, id }) => `  ${text}  [${table} ${id}]`),
    ...feedback.map(({ said_by: by, verdict, cause }) => `${by} says: ${verdict}${cause === null ? '' : `, ${cause}`}`),
    '',
    `Was it right? sensorium causes feedback ${String(report.id)} right|wrong|other`,
  ].join('\n')}\n`
}
