import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { Command, Option } from 'commander'
import { SensoriumError } from '../../pipeline/errors.ts'
import { queryPages } from '../../store/query-pages.ts'
import { configOption } from '../config-option.ts'
import { withStore } from '../database.ts'
import { FORMATS, type Format, rowPrinter } from '../terminal/row-printer.ts'

interface Options {
  readonly config: string
  readonly file?: string
  readonly format?: Format
  readonly json?: true
  readonly csv?: true
}

export function sqlCommand(): Command {
  return new Command('sql')
    .argument('[statement]', 'such as "SELECT * FROM ingest_accounting"; - or nothing reads it from stdin')
    .addOption(configOption())
    .option('-f, --file <file>', 'read the statement from a file')
    .addOption(new Option('--format <format>', 'of the rows').choices(FORMATS).conflicts(['json', 'csv']))
    .addOption(new Option('--json', 'print one array of row objects').conflicts('csv'))
    .option('--csv', 'print comma-separated values, names first')
    .addHelpText(
      'after',
      `
Rows are printed as they come, however many there are; a table is as wide as the terminal. Tables and their columns:
sensorium schema, sensorium schema application_logs. Fingerprints are printed as 16 hex digits; in a statement,
fingerprint = fingerprint_of('4817818956aa6da2').

  sensorium sql "SELECT service, level, count(*) FROM application_logs GROUP BY 1, 2 ORDER BY 3 DESC"
  sensorium sql "SELECT reason, message, count(*) FROM dead_letters GROUP BY 1, 2" --json
  sensorium sql --file report.sql --csv > report.csv
  echo "SELECT count(*) FROM trace_spans" | sensorium sql`,
    )
    .action(async (statement: string | undefined, options: Options, command: Command) => {
      const sql = await statementOf(statement, options, command)
      const format = options.format ?? (options.json ? 'json' : options.csv ? 'csv' : 'table')
      await withStore(options.config, async store => {
        const printer = rowPrinter(format)
        for await (const { columns, rows } of queryPages(store, sql)) await printer.print(columns, rows)
        printer.end()
      })
    })
}

async function statementOf(statement: string | undefined, { file }: Options, command: Command): Promise<string> {
  if (file !== undefined) {
    if (statement !== undefined) command.error('error: give a statement or --file, not both')
    return readFile(file, 'utf8').catch((cause: Error) => {
      throw new SensoriumError('USAGE', `${file} cannot be read (${cause.message})`, { cause })
    })
  }
  if (statement !== undefined && statement !== '-') return statement
  if (process.stdin.isTTY) command.error('error: give a statement, --file, or a statement on stdin')
  return readAll(process.stdin)
}
