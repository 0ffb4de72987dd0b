import type pg from 'pg'
import type { MinuteInput, ProblemCount, RequestCount } from '../../analysis/detect/detector.ts'
import { serviceOfPeer } from '../../analysis/detect/peer.ts'
import { type Durations, MINUTE_MS } from '../../analysis/detect/series.ts'
import { bucketOf, bucketValue } from '../../analysis/statistics/sketch.ts'

/** Minutes that one read asks for: bounds what a process that was away for long holds at once. */
export const MINUTES_AT_ONCE = 60

/**
 * What was counted in each minute of a range, the empty ones included, in order. Counts of the same minute stand in
 * several rows until they are merged: the detector adds them up.
 */
export async function readMinutes(client: pg.ClientBase, from: number, until: number): Promise<readonly MinuteInput[]> {
  const requests = Map.groupBy(await readRequests(client, from, until), ({ time }) => time)
  const problems = Map.groupBy(await readProblems(client, from, until), ({ time }) => time)
  const minutes: MinuteInput[] = []
  for (let time = from; time < until; time += MINUTE_MS) {
    minutes.push({ time, requests: requests.get(time) ?? [], problems: problems.get(time) ?? [], metrics: [] })
  }
  return minutes
}

interface RequestRow {
  readonly time: number
  readonly environment: string
  readonly service: string
  readonly operation: string
  readonly release: string | null
  readonly callee: string | null
  readonly count: number
  readonly errors: number
  readonly sketch: readonly number[]
}

async function readRequests(
  client: pg.ClientBase,
  from: number,
  until: number,
): Promise<(RequestCount & { readonly time: number })[]> {
  const { rows } = await client.query<RequestRow>(
    `SELECT (extract(epoch FROM minute) * 1000)::float8 AS time, environment, service, operation, release,
       CASE WHEN is_request THEN NULL ELSE peer END AS callee, requests AS count, errors, sketch::float8[] AS sketch
     FROM request_minutes WHERE minute >= $1 AND minute < $2 AND (is_request OR peer IS NOT NULL)`,
    [new Date(from), new Date(until)],
  )
  const services = new Set(rows.map(({ service }) => service))
  const targets = await readTargets(client)
  return rows.map(({ release, callee, sketch, ...row }) => ({
    ...row,
    release: release ?? undefined,
    callee:
      callee === null
        ? undefined
        : (targets.get(JSON.stringify([row.environment, row.service, callee])) ??
          serviceOfPeer(callee, services) ??
          callee),
    durations: durationsOf(sketch),
  }))
}

/** Which service answers where, as traces have taught: the one that was seen there most. */
async function readTargets(client: pg.ClientBase): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ environment: string; caller: string; peer: string; callee: string }>(
    'SELECT environment, caller, peer, callee FROM call_targets WHERE NOT is_async ORDER BY call_weight(seen, last_seen, now())',
  )
  return new Map(
    rows.map(({ environment, caller, peer, callee }) => [JSON.stringify([environment, caller, peer]), callee]),
  )
}

const BUCKET = 2 ** 32

/** A sketch of the database: each element is bucket · 2³² + count. */
export function durationsOf(sketch: readonly number[]): Durations {
  const entries = sketch.map(entry => {
    const bucket = Math.floor((entry + BUCKET / 2) / BUCKET)
    return [bucket, entry - bucket * BUCKET] as const
  })
  return {
    count: entries.reduce((sum, [, count]) => sum + count, 0),
    above(ms) {
      const last = bucketOf(ms)
      return entries.reduce((sum, [bucket, count]) => (bucket > last ? sum + count : sum), 0)
    },
    buckets: () => entries.map(([bucket, count]) => [bucketValue(bucket), count] as const),
  }
}

/** An error is a problem of its own; log lines count by group, since near-identical ones are one thing to a person. */
async function readProblems(
  client: pg.ClientBase,
  from: number,
  until: number,
): Promise<(ProblemCount & { readonly time: number })[]> {
  const { rows } = await client.query<ProblemCount & { readonly time: number }>(
    `SELECT (extract(epoch FROM m.minute) * 1000)::float8 AS time, m.environment, m.service,
       lpad(to_hex(CASE WHEN f.kind = 'error' THEN f.fingerprint ELSE f.group_id END), 16, '0') AS fingerprint,
       max(f.severity_number)::int AS "severityNumber", left(min(f.template), 100) AS title, sum(m.records)::float8 AS records
     FROM fingerprint_minutes m JOIN fingerprints f USING (fingerprint)
     WHERE m.minute >= $1 AND m.minute < $2 GROUP BY 1, 2, 3, 4`,
    [new Date(from), new Date(until)],
  )
  return rows
}

/** The first minute of which anything is known; undefined where nothing was ever stored. */
export async function firstMinute(client: pg.ClientBase): Promise<number | undefined> {
  const { rows } = await client.query<{ at: Date | null }>('SELECT min(minute) AS at FROM request_minutes')
  return rows[0]?.at == null ? undefined : +rows[0].at
}
