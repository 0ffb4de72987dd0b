import type pg from 'pg'
import { createCorrelator, type IncidentChange } from '../../analysis/incidents/correlate.ts'
import type { ServiceMap } from '../../analysis/incidents/found.ts'
import { feltIn, type Incident, rolesOf } from '../../analysis/incidents/incident.ts'
import type { IncidentSettings } from '../../analysis/incidents/settings.ts'
import { inTransaction } from '../connect.ts'
import { advance, readWatermark } from '../jobs/state.ts'
import type { Read } from '../reading.ts'
import { type FindingData, noteFinding } from './finding.ts'
import { readCompany, readFound } from './found.ts'
import { type IncidentEvidence, incidentId, readIncidents, type StoredIncident, writeIncident } from './incidents.ts'
import { readServiceMap } from './service-map.ts'
import { readChangedBefore, readRelease, readShared } from './shared.ts'

export interface IncidentOptions {
  readonly settings: IncidentSettings
  readonly receiver: string
  /** Whose a service is, where somebody said so. */
  readonly ownerOf: (service: string) => string | undefined
}

const MINUTE_MS = 60_000
/** What failing requests share is asked again while an incident is young: with the first failures it is a guess. */
const YOUNG_MS = 6 * MINUTE_MS
const ASK_EVERY_MS = MINUTE_MS

/**
 * Findings become incidents. All that is needed to go on is in the tables, so a round begins with reading it, and the
 * marks, the incidents and what is to be told of them are written together.
 */
export async function incidentRound(client: pg.ClientBase, options: IncidentOptions, now: number): Promise<number> {
  const { settings } = options
  const mark = (await readWatermark(client, 'incidents'))?.getTime() ?? now - settings.joinMs
  if (now <= mark) return 0
  const stored = await readIncidents(client, now - 2 * settings.reopenMs)
  const correlator = createCorrelator(settings, incidentId, {
    incidents: stored.map(({ incident }) => incident),
    waiting: await readCompany(client, mark - settings.joinMs, mark),
  })
  const mapOf = await readServiceMap(client, now)
  const changes = correlator.step(now, await readFound(client, mark, now), mapOf)
  const known = new Map(stored.map(one => [one.incident.id, one]))
  const told = await withEvidence(client, changes, correlator.open(), known, options, now)
  await inTransaction(client, async () => {
    for (const { what, incident, evidence } of told) {
      const map = mapOf(incident.environment)
      const isWritten = await writeIncident(client, incident, evidence, rolesOf(incident, map), now)
      if (isWritten) await noteFinding(client, options.receiver, findingOf(what, incident, evidence, map, now))
    }
    await advance(client, 'incidents', new Date(now))
  })
  return told.length
}

interface Told extends IncidentChange {
  readonly evidence: IncidentEvidence
}

/** What changed, and young incidents of which more is known than before. */
async function withEvidence(
  client: pg.ClientBase,
  changes: readonly IncidentChange[],
  open: readonly Incident[],
  known: ReadonlyMap<string, StoredIncident>,
  options: IncidentOptions,
  now: number,
): Promise<readonly Told[]> {
  const read: Read = async (sql, values) => (await client.query(sql, [...values])).rows
  const told: Told[] = []
  for (const { what, incident } of changes) {
    const before = beforeOf(incident, known.get(incident.id))
    const evidence =
      what === 'resolved' && before !== undefined ? before : await evidenceOf(read, incident, before, options, now)
    told.push({ what, incident, evidence })
  }
  const changed = new Set(changes.map(({ incident }) => incident.id))
  for (const incident of open) {
    const one = known.get(incident.id)
    if (one === undefined || changed.has(incident.id) || now - incident.openedAt > YOUNG_MS) continue
    if (one.sharedAt !== undefined && now - one.sharedAt < ASK_EVERY_MS) continue
    const evidence = await evidenceOf(read, incident, one.evidence, options, now)
    if (leading(evidence) === leading(one.evidence)) continue
    told.push({ what: 'updated', incident: { ...incident, revision: incident.revision + 1 }, evidence })
  }
  return told
}

/** What was known of it; whose it is and which release, only as long as it is of the same service. */
function beforeOf({ origin }: Incident, stored: StoredIncident | undefined): IncidentEvidence | undefined {
  if (stored === undefined || stored.incident.origin.service === origin.service) return stored?.evidence
  return { ...stored.evidence, owner: undefined, release: undefined }
}

function leading({ shared }: IncidentEvidence): string {
  return JSON.stringify(shared?.traits[0]?.attributes ?? null)
}

async function evidenceOf(
  read: Read,
  incident: Incident,
  before: IncidentEvidence | undefined,
  { ownerOf }: IncidentOptions,
  now: number,
): Promise<IncidentEvidence> {
  const { origin, environment, members } = incident
  const { since } = feltIn(incident)
  const own = members.filter(one => one.service === origin.service && one.until === undefined)
  const fingerprint =
    origin.because.fingerprint ?? own.find(one => one.fingerprint !== undefined && one.severity !== 'info')?.fingerprint
  const failing = own.find(one => one.metric === 'error_rate' && one.operation !== undefined)
  const shared = await readShared(read, {
    environment,
    service: origin.service,
    operation: failing?.operation ?? origin.operation,
    fingerprint,
    isSlow: fingerprint === undefined && failing === undefined,
    since:
      fingerprint === undefined
        ? (failing ?? origin.because).since
        : Math.min(...own.map(one => one.since), now - MINUTE_MS),
    now,
  })
  const services = [...new Set([origin.service, ...members.map(({ service }) => service)])].slice(0, 20)
  return {
    shared: shared ?? before?.shared,
    changedBefore: await readChangedBefore(read, services, since + MINUTE_MS),
    entitiesHit: fingerprint === undefined ? before?.entitiesHit : await entitiesHit(read, incident, fingerprint, now),
    owner: ownerOf(origin.service) ?? before?.owner,
    release: before?.release ?? (await readRelease(read, { environment, service: origin.service, since, now })),
  }
}

/** How many different users, requests or traces failed: the first of these that is known. */
async function entitiesHit(
  read: Read,
  { since, environment }: Incident,
  fingerprint: string,
  now: number,
): Promise<number> {
  const [row] = await read(
    `SELECT count(DISTINCT user_id)::int AS users, count(DISTINCT failure)::int AS failures FROM (
       SELECT user_id, failure FROM failure_records WHERE fingerprint = ('x' || $1)::bit(64)::bigint AND timestamp >= $2 AND timestamp <= $3
         AND is_among(environment, environment_names($4)) LIMIT 10000) f`,
    [fingerprint, new Date(since), new Date(now), environment],
  )
  return Number(row?.users) || Number(row?.failures ?? 0)
}

function findingOf(
  what: IncidentChange['what'],
  incident: Incident,
  evidence: IncidentEvidence,
  map: ServiceMap,
  now: number,
): FindingData {
  const { origin, severity, title, members, environment, since, id, resolvedAt } = incident
  const roles = rolesOf(incident, map)
  const explained = new Set(roles.filter(({ role }) => role === 'explained').map(({ found }) => found.service))
  const shared = evidence.shared === undefined ? '' : ` Bad requests share ${evidence.shared.words}.`
  const felt = explained.size === 0 ? '' : ` It explains ${[...explained].sort().join(', ')}.`
  return {
    event: `incident.${what}`,
    id: `incident/${id}`,
    kind: 'incident',
    severity,
    service: origin.service,
    environment,
    at: new Date(now).toISOString(),
    title,
    body: what === 'resolved' ? `${title}: over.` : `${origin.because.sentence}.${felt}${shared}`,
    since: new Date(since).toISOString(),
    until: resolvedAt === undefined ? undefined : new Date(resolvedAt).toISOString(),
    shared: evidence.shared?.words,
    changedBefore: evidence.changedBefore.length === 0 ? undefined : evidence.changedBefore.join('; '),
    entitiesHit: evidence.entitiesHit,
    operation: origin.operation,
    release: evidence.release,
    fingerprint: origin.because.fingerprint,
    incidentId: id,
    owner: evidence.owner,
    link: `/incidents/${id}`,
    evidence: [
      ...(origin.because.fingerprint === undefined
        ? []
        : [`explain_failure {"fingerprint":"${origin.because.fingerprint}"}`]),
      `what_changed {"service":"${origin.service}"}`,
      `SELECT * FROM incident_members WHERE incident_id = '${id}' ORDER BY began_at`,
    ],
    revision: incident.revision,
    attributes: {
      'incident.members': String(members.length),
      ...(origin.dependency === undefined ? {} : { 'incident.dependency': origin.dependency }),
    },
  }
}
