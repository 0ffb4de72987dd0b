import { Command } from 'commander'
import { SensoriumError } from '../../pipeline/errors.ts'
import { withClient } from '../../store/connect.ts'
import { listTables, showTable } from '../../store/tables.ts'
import { configOption } from '../config-option.ts'
import { withStore } from '../database.ts'
import { printJson } from '../terminal/guard.ts'
import { printTable } from '../terminal/table.ts'

export function schemaCommand(): Command {
  return new Command('schema')
    .argument('[table]', 'its columns, instead of the list of all')
    .addOption(configOption())
    .option('--json', 'print one array of objects')
    .addHelpText(
      'after',
      `
  sensorium schema
  sensorium schema application_logs`,
    )
    .action(async (table: string | undefined, options: { config: string; json?: true }) => {
      const rows = await withStore(options.config, store =>
        withClient<readonly object[]>(store, 'reader', client =>
          table === undefined ? listTables(client) : showTable(client, table),
        ),
      )
      if (rows.length === 0) {
        const what =
          table === undefined ? 'no tables: sensorium migrate makes them' : `no table ${JSON.stringify(table)}`
        throw new SensoriumError('USAGE', `the database has ${what}; sensorium schema lists those that can be read`)
      }
      if (options.json) printJson(rows)
      else
        printTable(
          Object.keys(rows[0]!),
          rows.map(row => ({ ...row })),
        )
    })
}
