import type { GroundTruth } from '../../demo/truth.ts'
import type { FindingData } from '../../store/reflexes/finding.ts'

export interface SeedScore {
  readonly seed: string
  readonly scenario: string
  readonly service: string
  /**
   * Seconds from the first slow request, and from the first error, to an incident that names the service. 0 where it
   * was slow already, by a decoy, and the incident of that is still open.
   */
  readonly slowAfterS: number | undefined
  readonly failsAfterS: number | undefined
  readonly origin: string
  /** What the incident said first of what failing requests share, two minutes after the errors began. */
  readonly sharedFirst: string | undefined
  readonly isSharedRight: boolean
  readonly opened: number
  /** Begun when nothing was wrong. */
  readonly falseEpisodes: readonly string[]
  readonly falseIncidents: readonly string[]
}

const MINUTE_MS = 60_000
const LIMIT_MS = 2 * MINUTE_MS
/** What an incident or a slow payment gateway leaves behind is not false: episodes that begin so long after it. */
const AFTERMATH_MS = 6 * 60_000

export function score(seed: string, truth: GroundTruth, findings: readonly FindingData[]): SeedScore {
  const { incident, decoy } = truth
  const slowFrom = Date.parse(incident.latencyRegression.start)
  const failsFrom = Date.parse(incident.errorBurst.start)
  const over = Math.max(Date.parse(incident.errorBurst.end), Date.parse(incident.latencyRegression.end))
  const told = findings.filter(({ kind, event }) => kind === 'incident' && event !== 'incident.resolved')
  const named = told.filter(({ service, at }) => service === incident.service && Date.parse(at) >= slowFrom)
  /** The incident's first word after an anomaly of this trouble began, perhaps again: that of an earlier one does not count. */
  const firstAfter = (from: number): number | undefined => {
    const news = findings
      .filter(one => one.event === 'anomaly.started' && one.severity !== 'info')
      .filter(({ since, revision }) => Date.parse(since) >= from - MINUTE_MS || revision > 1)
      .filter(({ at }) => Date.parse(at) + MINUTE_MS >= from)
      .map(({ at }) => Date.parse(at) + MINUTE_MS)
    const one = named.find(({ at }) => Date.parse(at) >= Math.min(...news))
    return one === undefined ? undefined : (Date.parse(one.at) - from) / 1_000
  }
  const slowness = findings.filter(
    one => one.service === incident.service && one.attributes?.['anomaly.metric'] === 'latency_p95',
  )
  const isTrue = (at: number): boolean =>
    (at >= slowFrom - MINUTE_MS && at <= over + AFTERMATH_MS) ||
    (at >= Date.parse(decoy.start) - MINUTE_MS && at <= Date.parse(decoy.end) + AFTERMATH_MS)
  const isSlowAlready = slowness.some(
    ({ event, id, since }) =>
      event === 'anomaly.started' &&
      Date.parse(since) < slowFrom - MINUTE_MS &&
      !slowness.some(one => one.event === 'anomaly.ended' && one.id === id && Date.parse(one.until!) <= slowFrom),
  )
  const inTime = named.filter(({ at }) => Date.parse(at) <= failsFrom + LIMIT_MS && Date.parse(at) >= failsFrom)
  const shared = inTime.findLast(one => one.shared !== undefined)?.shared
  // Whom only the origin calls, and all of its requests do, no request can be told by: the incident says whom.
  const dependency = inTime.at(-1)?.attributes?.['incident.dependency']
  const { attribute, value } = incident.affected
  const outside = (event: string) =>
    findings.filter(one => one.event === event && one.revision === 1 && !isTrue(Date.parse(one.since)))
  return {
    seed,
    scenario: incident.scenario,
    service: incident.service,
    slowAfterS: isSlowAlready ? 0 : firstAfter(slowFrom),
    failsAfterS: firstAfter(failsFrom),
    origin:
      told.filter(({ at }) => Date.parse(at) >= failsFrom && Date.parse(at) <= failsFrom + LIMIT_MS).at(-1)?.service ??
      '–',
    sharedFirst: shared?.split(' in ')[0] ?? (dependency === undefined ? undefined : `calling ${dependency}`),
    isSharedRight:
      (shared?.startsWith(`${attribute}=${value} in `) ?? false) ||
      (attribute === 'server.address' && dependency?.includes(value) === true),
    opened: told.filter(({ event }) => event === 'incident.opened').length,
    falseEpisodes: outside('anomaly.started').map(({ severity, body }) => `${severity}: ${body}`),
    falseIncidents: outside('incident.opened').map(({ body }) => body),
  }
}
