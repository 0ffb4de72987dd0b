import { type KnownChange, readKnownChanges } from './changes.ts'
import { listOf, type Read, type Scope } from './reading.ts'

/** Requests of a service in some time; quantiles are within 1 %. */
export interface LevelOfRequests {
  readonly requests: number
  readonly errors: number
  readonly p50Ms: number | undefined
  readonly p95Ms: number | undefined
}

/** A change with what its service did before and after it. */
export interface DeployEffect {
  readonly change: KnownChange
  readonly before: LevelOfRequests
  readonly after: LevelOfRequests
  /** Errors and warnings that were first seen within an hour after it in its service. */
  readonly newProblems: readonly { readonly fingerprint: string; readonly template: string; readonly records: number }[]
}

/** So long before a change and after it are compared. */
export const COMPARED_MINUTES = 30
const DEPLOYS_MAX = 60
const NEW_PROBLEMS_MAX = 5

/** Changes of the range, the newest first, each with the half hour before beside the half hour after it. */
export async function readDeploys(
  read: Read,
  { from, to, env, visible }: Scope,
  service?: string,
): Promise<readonly DeployEffect[]> {
  const services = service === undefined ? visible : [service]
  const changes = (await readKnownChanges(read, from, to, services)).slice(0, DEPLOYS_MAX)
  if (changes.length === 0) return []
  const places = [changes.map(({ service }) => service), changes.map(({ at }) => new Date(at).toISOString())]
  const levels = await read(
    `SELECT c.i::int AS i, m.minute >= c.at AS is_after, sum(m.requests)::float8 AS requests, sum(m.errors)::float8 AS errors,
       sketch_quantiles(sketch_sum(m.sketch), ARRAY[0.5, 0.95]) AS q
     FROM unnest($1::text[], $2::timestamptz[]) WITH ORDINALITY c (service, at, i)
     JOIN request_minutes m ON m.service = c.service AND m.is_request AND is_among(m.environment, environment_names($3))
       AND m.minute >= c.at - $4 * interval '1 minute' AND m.minute < c.at + $4 * interval '1 minute'
     WHERE m.minute >= $5 AND m.minute < $6 GROUP BY 1, 2`,
    [
      ...places,
      env,
      COMPARED_MINUTES,
      new Date(+from - COMPARED_MINUTES * 60_000),
      new Date(+to + COMPARED_MINUTES * 60_000),
    ],
  )
  const problems = await read(
    `SELECT c.i::int AS i, fingerprint_hex(f.fingerprint) AS fingerprint, left(f.template, 300) AS template, s.records::float8 AS records
     FROM unnest($1::text[], $2::timestamptz[]) WITH ORDINALITY c (service, at, i)
     JOIN fingerprint_services s ON s.service = c.service AND is_among(s.environment, environment_names($3))
       AND s.first_seen >= c.at - interval '1 minute' AND s.first_seen < c.at + interval '1 hour'
     JOIN fingerprints f USING (fingerprint)
     WHERE (f.kind = 'error' OR f.severity_number >= 13) ORDER BY c.i, s.records DESC LIMIT 1000`,
    [...places, env],
  )
  return changes.map((change, i) => ({
    change,
    before: levelOf(levels.find(row => row.i === i + 1 && row.is_after === false)),
    after: levelOf(levels.find(row => row.i === i + 1 && row.is_after === true)),
    newProblems: problems
      .filter(row => row.i === i + 1)
      .slice(0, NEW_PROBLEMS_MAX)
      .map(row => ({
        fingerprint: String(row.fingerprint),
        template: String(row.template),
        records: Number(row.records),
      })),
  }))
}

function levelOf(row: Readonly<Record<string, unknown>> | undefined): LevelOfRequests {
  const [p50, p95] = listOf(row?.q)
  return {
    requests: Number(row?.requests ?? 0),
    errors: Number(row?.errors ?? 0),
    p50Ms: p50 === undefined || p50 === null ? undefined : Number(p50),
    p95Ms: p95 === undefined || p95 === null ? undefined : Number(p95),
  }
}
