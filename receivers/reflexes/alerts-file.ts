import type { Exemptions } from '../../analysis/detect/exempt.ts'
import { DETECT_DEFAULTS, type DetectSettings } from '../../analysis/detect/settings.ts'
import { INCIDENT_DEFAULTS, type IncidentSettings } from '../../analysis/incidents/settings.ts'
import { BURN_RULES } from '../../analysis/slo/burn.ts'
import { checkSchema, place } from '../../pipeline/config/check-schema.ts'
import type { Fault } from '../../pipeline/config/fault.ts'
import { invalid, readConfigFile } from '../../pipeline/config/sections.ts'
import { readSource } from '../../pipeline/config/source.ts'
import type { WatchedMetric } from '../../store/reflexes/metric-minutes.ts'
import type { ObjectiveConfig } from '../../store/reflexes/objectives.ts'
import { type AlertsConfig, alertsSchema, minutesOf } from './alerts-schema.ts'

export interface Alerts {
  readonly detect: DetectSettings
  readonly driftSigmas: number
  readonly exemptions: Exemptions
  readonly metrics: readonly WatchedMetric[]
  readonly incidents: IncidentSettings
  readonly objectives: readonly ObjectiveConfig[]
  /** Limits of Grafana's rules about Sensorium itself. */
  readonly watch: AlertsConfig['watch']
}

/** @throws SensoriumError CONFIG_INVALID with every fault of the file, each with its line and key */
export async function readAlerts(file: string | undefined): Promise<Alerts> {
  return file === undefined ? alertsOf(alertsSchema.parse({})) : parseAlerts(file, await readConfigFile(file))
}

export function parseAlerts(file: string, text: string): Alerts {
  const { alerts, faults } = checkAlerts(file, text)
  if (alerts === undefined) throw invalid(faults)
  return alerts
}

/** What the file says, or every fault of it. */
export function checkAlerts(
  file: string,
  text: string,
): { readonly alerts?: Alerts; readonly faults: readonly Fault[] } {
  const source = readSource(file, text, {})
  const faults: Fault[] = [...source.faults]
  const config = faults.length > 0 ? undefined : checkSchema(alertsSchema, source.data, source, [], faults)
  const seen = new Map<string, number>()
  for (const [i, { metadata }] of (config?.slos ?? []).entries()) {
    if (seen.has(metadata.name)) {
      faults.push(place(source, ['slos', i, 'metadata', 'name'], `${metadata.name} is the name of another objective`))
    }
    seen.set(metadata.name, i)
  }
  return config === undefined || faults.length > 0 ? { faults } : { alerts: alertsOf(config), faults }
}

const MINUTE_MS = 60_000

function alertsOf({ anomalies, incidents, slos, watch }: AlertsConfig): Alerts {
  return {
    detect: {
      ...DETECT_DEFAULTS,
      chanceMax: anomalies.chance_max,
      errorRateMax: anomalies.error_rate_max,
      regressionMin: anomalies.regression_min,
      spikeMin: anomalies.spike_min,
      dropMax: anomalies.drop_max,
      countMin: anomalies.requests_min,
      silenceMinutes: anomalies.silence_minutes,
      clearMinutes: anomalies.clear_minutes,
      againMinutes: anomalies.again_minutes,
      restartMinutes: anomalies.restart_minutes,
      longPollMs: anomalies.long_poll_ms,
    },
    driftSigmas: anomalies.drift_sigmas,
    exemptions: {
      operations: anomalies.ignore.operations.map(text => new RegExp(text)),
      services: anomalies.ignore.services.map(text => new RegExp(text)),
    },
    metrics: anomalies.metrics.map(({ change_min: changeMin, ...rest }) => ({ ...rest, changeMin })),
    incidents: {
      joinMs: incidents.join_minutes * MINUTE_MS,
      resolveAfterMs: incidents.resolve_after_minutes * MINUTE_MS,
      reopenMs: incidents.reopen_minutes * MINUTE_MS,
      rules: [...incidents.open, ...INCIDENT_DEFAULTS.rules],
    },
    objectives: slos.flatMap(objectivesOf),
    watch,
  }
}

/** One for each objective of the SLO: a P95 and a P99, say, of the same requests. */
function objectivesOf({ metadata, spec }: AlertsConfig['slos'][number]): readonly ObjectiveConfig[] {
  const { indicator, objectives, budgetingMethod } = spec
  return objectives.map(({ target, timeSliceTarget }, i) => ({
    name: objectives.length === 1 ? metadata.name : `${metadata.name}-${i + 1}`,
    title: objectives[i]!.displayName ?? metadata.displayName ?? metadata.name,
    service: spec.service,
    environment: spec.environment,
    operation: indicator.operation,
    countsErrors: indicator.bad !== 'slow',
    slowFromMs: indicator.bad === 'errors' ? undefined : millisecondsOf(indicator.threshold!),
    target,
    sliceTarget: budgetingMethod === 'Timeslices' ? timeSliceTarget : undefined,
    periodMinutes: minutesOf(spec.timeWindow[0]!.duration),
    rules: BURN_RULES.filter(({ name }) => spec.alertPolicies.includes(name)),
  }))
}

function millisecondsOf(text: string): number {
  return text.endsWith('ms') ? Number(text.slice(0, -2)) : 1_000 * Number(text.slice(0, -1))
}
