import { z } from 'zod'

function days(byDefault: number, what: string): z.ZodDefault<z.ZodInt> {
  return z.int().min(1).max(36_500).default(byDefault).describe(`Days after which ${what}.`)
}

/** `service.maintenance` in the configuration: how long things are kept. */
export const maintenanceSettings = z.strictObject({
  interval_minutes: z
    .int()
    .min(1)
    .max(24 * 60)
    .default(60)
    .describe('How often expired data is looked for. Of several processes on one database, one does the work.'),
  partition_hours: z
    .int()
    .min(1)
    .max(24 * 366)
    .default(24)
    .describe(
      'Hours of logs, spans and metric points in one partition or chunk; what has expired leaves by whole ones.',
    ),
  event_partition_days: z
    .int()
    .min(1)
    .max(366)
    .default(7)
    .describe('Days of events, test results, builds and dead letters in one partition or chunk.'),
  logs_days: days(90, 'log records are deleted'),
  debug_logs_days: days(30, 'log records of the levels trace and debug are deleted'),
  metrics_days: days(180, 'metric points are deleted'),
  traces_days: days(30, 'spans are deleted'),
  request_minutes_days: days(40, 'requests, errors and durations by the minute are deleted; hours and days stay'),
  events_days: days(90, 'events of applications and nodes are deleted'),
  tests_days: days(365, 'test runs, test failures and lint failures are deleted'),
  builds_days: days(730, 'build and deploy events are deleted'),
  proposals_days: days(730, 'proposals of self-healing are deleted'),
  dead_letters_days: days(30, 'dead letters are deleted'),
  compress_logs_after_days: days(7, 'logs are compressed, on TimescaleDB under the community licence'),
  compress_metrics_after_days: days(1, 'metrics are compressed, on TimescaleDB under the community licence'),
  compress_traces_after_days: days(7, 'spans are compressed, on TimescaleDB under the community licence'),
  compress_tests_after_days: days(
    30,
    'test and lint results are compressed, on TimescaleDB under the community licence',
  ),
  compress_builds_after_days: days(90, 'build events are compressed, on TimescaleDB under the community licence'),
  ledger_hours: z
    .int()
    .min(1)
    .max(24 * 366)
    .default(24)
    .describe('Hours for which a request is remembered: sent again within them, it is not stored again.'),
})
export type MaintenanceSettings = z.output<typeof maintenanceSettings>
