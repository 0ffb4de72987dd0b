import type { MaintenanceSettings } from '../maintenance/settings.ts'

type DaysKey = Extract<keyof MaintenanceSettings, `${string}_days`>

/**
 * A table that grows with time. The migrations make it as an ordinary table; `layout.ts` gives it its form: a hypertable
 * where the database has them, native partitions elsewhere. A new one needs a line in the list, a time column that is
 * NOT NULL, and that column in each of its unique indexes.
 */
export interface TimeTable {
  readonly table: string
  readonly timeColumn: string
  readonly keepDays: DaysKey
  /** `telemetry`: cut by partition_hours; `events`: by event_partition_days. */
  readonly pace: 'telemetry' | 'events'
  /** Absent where it is partitioned natively on TimescaleDB too: compression and row-level security exclude each other. */
  readonly hypertable?: {
    readonly segmentBy: string
    /** Absent: not compressed, until somebody has measured it. */
    readonly compressAfterDays?: DaysKey
  }
  /** Rows with one of these levels leave earlier: natively, they have a partition of their own below each range. */
  readonly early?: { readonly column: string; readonly values: readonly string[]; readonly keepDays: DaysKey }
}

export const TIME_TABLES: readonly TimeTable[] = [
  {
    table: 'logs',
    timeColumn: 'timestamp',
    keepDays: 'logs_days',
    pace: 'telemetry',
    hypertable: { segmentBy: 'shape_id', compressAfterDays: 'compress_logs_after_days' },
    early: { column: 'level', values: ['trace', 'debug'], keepDays: 'debug_logs_days' },
  },
  {
    table: 'spans',
    timeColumn: 'timestamp',
    keepDays: 'traces_days',
    pace: 'telemetry',
    hypertable: { segmentBy: 'shape_id', compressAfterDays: 'compress_traces_after_days' },
  },
  {
    table: 'metric_points',
    timeColumn: 'timestamp',
    keepDays: 'metrics_days',
    pace: 'telemetry',
    hypertable: { segmentBy: 'series_id', compressAfterDays: 'compress_metrics_after_days' },
  },
  { table: 'log_blocks', timeColumn: 'timestamp', keepDays: 'logs_days', pace: 'telemetry' },
  { table: 'span_blocks', timeColumn: 'timestamp', keepDays: 'traces_days', pace: 'telemetry' },
  { table: 'red_minutes', timeColumn: 'minute', keepDays: 'request_minutes_days', pace: 'telemetry' },
  { table: 'buddy_observer_events', timeColumn: 'created_at', keepDays: 'events_days', pace: 'events' },
  { table: 'mcp_calls', timeColumn: 'timestamp', keepDays: 'events_days', pace: 'events' },
  { table: 'node_telemetry', timeColumn: 'created_at', keepDays: 'events_days', pace: 'events' },
  ...(['test_runs', 'test_failures', 'lint_failures'] as const).map(table => ({
    table,
    timeColumn: 'timestamp',
    keepDays: 'tests_days' as const,
    pace: 'events' as const,
    hypertable: { segmentBy: 'repository', compressAfterDays: 'compress_tests_after_days' as const },
  })),
  {
    table: 'build_events',
    timeColumn: 'timestamp',
    keepDays: 'builds_days',
    pace: 'events',
    hypertable: { segmentBy: 'repository', compressAfterDays: 'compress_builds_after_days' },
  },
  { table: 'selfheal_proposals', timeColumn: 'timestamp', keepDays: 'proposals_days', pace: 'events' },
  { table: 'service_release_minutes', timeColumn: 'minute', keepDays: 'traces_days', pace: 'events' },
  { table: 'fingerprint_minutes', timeColumn: 'minute', keepDays: 'traces_days', pace: 'events' },
  { table: 'dead_letters', timeColumn: 'received_at', keepDays: 'dead_letters_days', pace: 'events' },
]

const HOUR_MS = 3_600_000
/** Tables of events are small and some are kept for years: more ranges than this would cost each query for nothing. */
const EVENT_RANGES_MAX = 26

/** How long a range of the table is. Never longer than its rows are kept: what has expired could not leave. */
export function rangeMs({ pace, keepDays }: TimeTable, settings: MaintenanceSettings): number {
  const keptHours = settings[keepDays] * 24
  const hours =
    pace === 'telemetry'
      ? settings.partition_hours
      : Math.max(settings.event_partition_days, Math.floor(settings[keepDays] / EVENT_RANGES_MAX)) * 24
  return Math.min(hours, keptHours) * HOUR_MS
}
