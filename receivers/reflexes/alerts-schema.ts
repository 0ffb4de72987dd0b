import { z } from 'zod'
import { DETECT_DEFAULTS } from '../../analysis/detect/settings.ts'
import { INCIDENT_DEFAULTS } from '../../analysis/incidents/settings.ts'
import { BURN_RULES } from '../../analysis/slo/burn.ts'

const minutes = (least = 1) => z.int().min(least).max(100_000)
const share = z.number().min(0).max(1)
const pattern = z.string().refine(isPattern, { error: 'is not a regular expression' })

function isPattern(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}

const metric = z.strictObject({
  name: z.string().min(1).describe('As it is in metrics_samples.'),
  service: z.string().optional().describe('Of this service alone.'),
  worse: z.enum(['up', 'down', 'both']).default('both').describe('Which way is worse.'),
  sigmas: z.number().min(1).max(100).default(3).describe('Robust standard deviations that are too many.'),
  change_min: share.default(0.1).describe('Least change, as a share of the level.'),
})

const anomalies = z.strictObject({
  chance_max: z
    .number()
    .gt(0)
    .max(0.01)
    .default(DETECT_DEFAULTS.chanceMax)
    .describe('What chance makes more often than this begins no episode.'),
  error_rate_max: share
    .default(DETECT_DEFAULTS.errorRateMax)
    .describe('Above it, errors that are not as usual are a breach.'),
  regression_min: z
    .number()
    .gt(0)
    .max(100)
    .default(DETECT_DEFAULTS.regressionMin)
    .describe('Slower than the usual P95 by this share is a regression.'),
  spike_min: z
    .number()
    .gt(0)
    .max(100)
    .default(DETECT_DEFAULTS.spikeMin)
    .describe('More than expected by this share is a spike.'),
  drop_max: share.default(DETECT_DEFAULTS.dropMax).describe('Less than this share of what was expected is a drop.'),
  requests_min: z
    .int()
    .min(1)
    .default(DETECT_DEFAULTS.countMin)
    .describe('Requests in a window before its rates mean anything.'),
  silence_minutes: minutes(1)
    .default(DETECT_DEFAULTS.silenceMinutes)
    .describe('Minutes without a request before it is silence.'),
  clear_minutes: minutes(1).default(DETECT_DEFAULTS.clearMinutes).describe('Usual minutes that end an episode.'),
  again_minutes: minutes(0)
    .default(DETECT_DEFAULTS.againMinutes)
    .describe('What begins again so soon is the same episode.'),
  restart_minutes: minutes(0)
    .default(DETECT_DEFAULTS.restartMinutes)
    .describe('After a new release, for so long, one bad minute is a restart.'),
  long_poll_ms: z
    .number()
    .min(1)
    .default(DETECT_DEFAULTS.longPollMs)
    .describe('Operations that usually take longer wait for something: they are never slow.'),
  drift_sigmas: z
    .number()
    .min(1)
    .max(100)
    .default(3)
    .describe('Robust standard deviations of an hour from the same hours of earlier weeks.'),
  ignore: z
    .strictObject({
      operations: z
        .array(pattern)
        .default([])
        .describe('Regular expressions of operations that are not watched, beside health checks.'),
      services: z.array(pattern).default([]),
    })
    .prefault({}),
  metrics: z.array(metric).default([]).describe('Metrics that are watched.'),
})

const incidents = z.strictObject({
  join_minutes: minutes()
    .default(INCIDENT_DEFAULTS.joinMs / 60_000)
    .describe('Findings that begin so soon after one another may belong together.'),
  resolve_after_minutes: minutes()
    .default(INCIDENT_DEFAULTS.resolveAfterMs / 60_000)
    .describe('Quiet for so long, and it is resolved.'),
  reopen_minutes: minutes(0)
    .default(INCIDENT_DEFAULTS.reopenMs / 60_000)
    .describe('The same trouble so soon after is the same incident.'),
  open: z
    .array(
      z.strictObject({
        service: z.string().optional(),
        operation: z.string().optional(),
        kind: z.enum(['anomaly', 'problem', 'slo', 'node']).optional(),
        type: z
          .string()
          .optional()
          .describe('drift, regression, spike, drop, silence, sla_breach; new, regressed; the rule of an objective.'),
        severity: z.enum(['info', 'warning', 'error', 'critical']).optional(),
        findings: z
          .int()
          .min(0)
          .max(1_000)
          .describe('So many matching findings before it opens; 0: never by themselves.'),
      }),
    )
    .default([])
    .describe('When findings open an incident: the first that matches. Below them stand the built-in rules.'),
})

const DURATION = /^(\d+)([mhdw])$/
const UNIT_MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1_440, w: 10_080 }
/** Minutes are kept for 40 days. */
const PERIOD_MAX_MINUTES = 40 * 1_440

export function minutesOf(duration: string): number {
  const [, count, unit] = DURATION.exec(duration) ?? []
  return Number(count) * (UNIT_MINUTES[unit ?? ''] ?? Number.NaN)
}

const duration = z.string().refine(text => minutesOf(text) > 0 && minutesOf(text) <= PERIOD_MAX_MINUTES, {
  error: 'give a duration such as 30d, 7d or 12h, at most 40d',
})

const slo = z.strictObject({
  apiVersion: z.literal('openslo/v1').optional(),
  kind: z.literal('SLO').optional(),
  metadata: z.strictObject({
    name: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'is a name of small letters, digits and dashes'),
    displayName: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.strictObject({
    description: z.string().optional(),
    service: z.string().min(1),
    environment: z.string().default('prod').describe('Ours; OpenSLO has none.'),
    indicator: z
      .strictObject({
        operation: z.string().optional().describe('Of this operation alone.'),
        bad: z.enum(['errors', 'slow', 'errors_or_slow']).default('errors').describe('Which requests are bad.'),
        threshold: z
          .string()
          .regex(/^\d+(?:\.\d+)?(?:ms|s)$/, 'give 300ms or 1.5s')
          .optional()
          .describe('From here on a request is slow.'),
      })
      .prefault({})
      .refine(({ bad, threshold }) => bad === 'errors' || threshold !== undefined, {
        error: 'slow needs a threshold, such as 300ms',
        path: ['threshold'],
      }),
    timeWindow: z
      .array(z.strictObject({ duration, isRolling: z.literal(true).default(true) }))
      .length(1)
      .default([{ duration: '30d', isRolling: true }]),
    budgetingMethod: z.enum(['Occurrences', 'Timeslices']).default('Occurrences'),
    objectives: z
      .array(
        z.strictObject({
          displayName: z.string().optional(),
          target: z
            .number()
            .gt(0, 'is a share between 0 and 1, such as 0.995')
            .lt(1, 'is a share between 0 and 1, such as 0.995'),
          timeSliceTarget: z
            .number()
            .gt(0)
            .max(1)
            .default(0.95)
            .describe('Timeslices: share of good requests that a minute needs.'),
        }),
      )
      .min(1)
      .max(10),
    alertPolicies: z
      .array(z.enum(BURN_RULES.map(({ name }) => name) as [string, ...string[]]))
      .default(BURN_RULES.map(({ name }) => name))
      .describe('Which burn rates are told.'),
  }),
})

const limit = (fallback: number, text: string) => z.number().gt(0).default(fallback).describe(text)

/** Of Grafana's rules about Sensorium itself: each fires above its limit. */
const watch = z.strictObject({
  memory_mib: limit(1_024, 'Resident memory of a process or node.'),
  ingest_lag_minutes: limit(5, 'Since the last request over OTLP was stored.'),
  store_gib: limit(100, 'Size of the database: what its disk holds, less a fifth.'),
  collector_queue_percent: limit(25, 'How full a queue of the Collector is.'),
  embedding_backlog_minutes: limit(15, 'How long a problem has waited for its vector.'),
  leader_late_minutes: limit(5, 'How late a job of the leader is.'),
  false_alarms: limit(3, 'Alarms about a service that people called false within a week.'),
})

/** config/alerts.yaml: what is unusual, what is promised, what belongs together, when Sensorium itself is unwell. */
export const alertsSchema = z.strictObject({
  anomalies: anomalies.prefault({}),
  incidents: incidents.prefault({}),
  slos: z.array(slo).default([]),
  watch: watch.prefault({}),
})

export type AlertsConfig = z.output<typeof alertsSchema>
