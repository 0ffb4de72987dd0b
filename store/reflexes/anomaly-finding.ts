import type pg from 'pg'
import { amount, placeOf, sentenceOf, severityOf } from '../../analysis/detect/tell.ts'
import type { Change } from '../../analysis/detect/watch.ts'
import { anomalyId, type Evidence, type Written } from './anomalies.ts'
import { noteFinding } from './finding.ts'

const MINUTE_MS = 60_000
/** What the evidence shows before the episode. */
const SHOWN_MINUTES = 180

/** An episode that begins or is over, to be told. */
export function noteAnomaly(
  client: pg.ClientBase,
  receiver: string,
  change: Change,
  evidence: Evidence | undefined,
  written: Written,
): Promise<void> {
  return noteFinding(client, receiver, findingOf(change, evidence, written))
}

function findingOf(change: Change, evidence: Evidence | undefined, { revision, release }: Written) {
  const { series, metric, episode, what } = change
  const id = anomalyId(series, metric, episode.start)
  const time = (ms: number): string => new Date(ms).toISOString()
  const from = time(episode.start - SHOWN_MINUTES * MINUTE_MS)
  const rows =
    series.kind === 'problem'
      ? `SELECT minute, records FROM fingerprint_minutes WHERE fingerprint = ('x' || '${series.name}')::bit(64)::bigint AND minute > '${from}' ORDER BY 1`
      : `SELECT * FROM ${series.kind === 'operation' ? 'operation' : 'service'}_minutes('${from}', now(), ${quoted(series.service)}, ${quoted(series.environment)})${series.kind === 'operation' ? ` WHERE operation = ${quoted(series.name)}` : ''}`
  return {
    event: what === 'ended' ? 'anomaly.ended' : 'anomaly.started',
    id: `anomaly/${id}`,
    kind: 'anomaly' as const,
    severity: severityOf(change),
    service: series.service,
    environment: series.environment,
    at: time(what === 'ended' ? (episode.end ?? episode.peak) : episode.foundAt),
    title: `${placeOf(change)}: ${episode.type.replace('_', ' ')}`,
    body: sentenceOf(change),
    since: time(episode.start),
    until: episode.end === undefined ? undefined : time(episode.end),
    expected: amount(episode.expected, metric),
    seen: amount(episode.peakValue, metric),
    shared: evidence?.shared?.words,
    changedBefore:
      evidence === undefined || evidence.changedBefore.length === 0 ? undefined : evidence.changedBefore.join('; '),
    operation: series.kind === 'operation' ? series.name : undefined,
    release,
    fingerprint: series.kind === 'problem' ? series.name : undefined,
    link: `/anomalies/${id}`,
    evidence: [rows, ...(series.kind === 'problem' ? [`explain_failure {"fingerprint":"${series.name}"}`] : [])],
    revision,
    attributes: { 'anomaly.type': episode.type, 'anomaly.metric': metric, 'anomaly.series': series.kind },
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
