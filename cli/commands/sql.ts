import { Command } from 'commander'
import { queryReadOnly } from '../../store/query.ts'
import { configOption } from '../config-option.ts'
import { withStore } from '../database.ts'
import { printJson } from '../terminal/guard.ts'
import { formatTable } from '../terminal/table.ts'

/** A table on a terminal is for reading; whoever wants all rows takes --json. */
const MAX_TABLE_ROWS = 1_000

export function sqlCommand(): Command {
  return new Command('sql')
    .argument('<statement>', 'such as "SELECT * FROM ingest_accounting"')
    .addOption(configOption())
    .option('--json', 'print one array of row objects')
    .addHelpText(
      'after',
      `
Tables: application_logs, trace_spans, metrics_samples, ingest_ledger, dead_letters, telemetry_resources,
telemetry_scopes, fingerprints, fingerprint_services, buddy_observer_events, node_telemetry, node_registry, test_runs,
test_failures, lint_failures, build_events; views: ingest_accounting, ingest_outcomes, fingerprint_counts. The schema: sql/schema.sql.

  sensorium sql "SELECT service, level, count(*) FROM application_logs GROUP BY 1, 2 ORDER BY 3 DESC"
  sensorium sql "SELECT reason, message, count(*) FROM dead_letters GROUP BY 1, 2" --json`,
    )
    .action(async (statement: string, options: { config: string; json?: true }) => {
      await withStore(options.config, async store => {
        const result = await queryReadOnly(store, statement, options.json ? {} : { maxRows: MAX_TABLE_ROWS })
        const rows = result.rows.map(row => Object.fromEntries(result.columns.map((column, i) => [column, row[i]])))
        if (options.json) printJson(rows)
        else console.log(formatTable(result.columns, rows))
        if (result.isTruncated) console.error(`only the first ${MAX_TABLE_ROWS} rows are shown; --json prints all`)
      })
    })
}
