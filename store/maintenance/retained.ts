import type { MaintenanceSettings } from './settings.ts'

type DaysKey = Extract<keyof MaintenanceSettings, `${string}_days`>

/** A table whose rows expire. A new one needs a line in the list and, in its migration, the index that `groups` names. */
export interface Retained {
  readonly table: string
  readonly timeColumn: string
  /**
   * The columns before the time in a B-tree index of the table, `[]` when the time is its first. Expired rows are found
   * through it, group by group: a BRIN index stops telling old pages from new ones once their space is used again.
   */
  readonly groups: readonly string[]
  readonly keepDays: DaysKey
  /** Set for hypertables (where the database can): days until compression. */
  readonly compressAfterDays?: DaysKey
}

export const RETAINED: readonly Retained[] = [
  {
    table: 'application_logs',
    timeColumn: 'timestamp',
    groups: ['service', 'level'],
    keepDays: 'logs_days',
    compressAfterDays: 'compress_logs_after_days',
  },
  {
    table: 'trace_spans',
    timeColumn: 'timestamp',
    groups: ['service'],
    keepDays: 'traces_days',
    compressAfterDays: 'compress_traces_after_days',
  },
  {
    table: 'metrics_samples',
    timeColumn: 'timestamp',
    groups: ['metric_name', 'service'],
    keepDays: 'metrics_days',
    compressAfterDays: 'compress_metrics_after_days',
  },
  { table: 'buddy_observer_events', timeColumn: 'created_at', groups: [], keepDays: 'events_days' },
  { table: 'mcp_calls', timeColumn: 'timestamp', groups: [], keepDays: 'events_days' },
  { table: 'node_telemetry', timeColumn: 'created_at', groups: [], keepDays: 'events_days' },
  ...(['test_runs', 'test_failures', 'lint_failures'] as const).map(table => ({
    table,
    timeColumn: 'timestamp',
    groups: [],
    keepDays: 'tests_days' as const,
    compressAfterDays: 'compress_tests_after_days' as const,
  })),
  {
    table: 'build_events',
    timeColumn: 'timestamp',
    groups: [],
    keepDays: 'builds_days',
    compressAfterDays: 'compress_builds_after_days',
  },
  { table: 'dead_letters', timeColumn: 'received_at', groups: [], keepDays: 'dead_letters_days' },
]

/** Log records that go before the others. */
export const DEBUG_LEVELS: readonly string[] = ['trace', 'debug']
