import { z } from 'zod'
import { readProblem, similarTo } from '../../mcp/problem.ts'
import { fingerprintId } from '../../mcp/tool.ts'
import { readKnownChanges } from '../../store/changes.ts'
import { knownIssuesOf } from '../../store/known-issues/of-problem.ts'
import { listOf, type Read, type Scope, textOrNone } from '../../store/reading.ts'
import { endpoint, NotFound, rangeQuery, scopeOf } from '../server/endpoint.ts'
import { type Change, changeOf } from './changes.ts'

export interface ProblemAnswer {
  readonly fingerprint: string
  readonly group_id: string
  readonly kind: string
  readonly status: 'open' | 'resolved' | 'regressed'
  readonly template: string
  readonly services: readonly string[]
  readonly records_ever: number
  readonly first_seen: string
  readonly last_seen: string
  readonly first_release: string | undefined
  readonly from: string
  readonly to: string
  /** Records of other fingerprints of its group. */
  readonly group: readonly { readonly fingerprint: string; readonly template: string; readonly records: number }[]
  readonly trend: readonly { readonly at: string; readonly failures: number }[]
  readonly changes: readonly Change[]
  readonly releases: readonly {
    readonly release: string
    readonly service: string
    readonly failures: number
    readonly first_at: string
  }[]
  readonly similar: readonly {
    readonly fingerprint: string
    readonly template: string
    readonly likeness: number | undefined
    readonly services: readonly string[]
    readonly last_seen: string
  }[]
  /** Known issues that it shows. */
  readonly issues: readonly ProblemIssue[]
}

export interface ProblemIssue {
  readonly name: string
  readonly status: 'known' | 'reopened'
  readonly description: string | undefined
  readonly fix_type: string | undefined
  readonly fix_version: string | undefined
  readonly fix_commit: string | undefined
  readonly reopened_version: string | undefined
}

const TREND_PARTS = 90

export const fingerprintParameter = z.string().regex(/^[0-9a-f]{16}$/, 'a fingerprint is 16 hex digits')

export const problem = endpoint({
  name: 'problem',
  query: z.strictObject({ ...rangeQuery, id: fingerprintParameter }),
  async answer({ access, read }, query): Promise<ProblemAnswer> {
    const { id } = query
    const scope = scopeOf({ access, read }, query)
    const [known] = await readProblem(access, id)
    if (known === undefined) throw new NotFound('there is no problem of this id that you may see')
    const services = listOf(known.services).map(String)
    return {
      fingerprint: id,
      group_id: String(known.group_id),
      kind: String(known.kind),
      status: known.status as ProblemAnswer['status'], // the column's three words
      template: String(known.template),
      services,
      records_ever: Number(known.records_ever),
      first_seen: String(known.first_seen),
      last_seen: String(known.last_seen),
      first_release: textOrNone(known.first_release),
      from: scope.from.toISOString(),
      to: scope.to.toISOString(),
      group: await readGroup(read, id, String(known.group_id), scope),
      trend: await readTrend(read, scope, id),
      changes: (await readKnownChanges(read, scope.from, scope.to, services)).map(changeOf),
      releases: await readReleases(read, scope, id),
      similar: (await similarTo(access, id)).map(row => ({
        fingerprint: String(row.fingerprint),
        template: String(row.template),
        likeness: row.likeness === undefined ? undefined : Number(row.likeness),
        services: listOf(row.services).map(String),
        last_seen: String(row.last_seen),
      })),
      issues: (await knownIssuesOf(read, id)).map(issue => ({
        name: issue.name,
        status: issue.status,
        description: issue.description,
        fix_type: issue.fixType,
        fix_version: issue.fixVersion,
        fix_commit: issue.fixCommit,
        reopened_version: issue.reopenedVersion,
      })),
    }
  },
})

async function readGroup(read: Read, id: string, group: string, { visible }: Scope): Promise<ProblemAnswer['group']> {
  const rows = await read(
    `SELECT fingerprint_hex(f.fingerprint) AS fingerprint, f.template, f.records::float8 AS records FROM fingerprints f
     WHERE f.group_id = $1::bigint AND f.fingerprint <> $2::bigint
       AND EXISTS (SELECT FROM fingerprint_services s WHERE s.fingerprint = f.fingerprint AND is_among(s.service, $3))
     ORDER BY f.records DESC LIMIT 50`,
    [fingerprintId(group), fingerprintId(id), visible],
  )
  return rows.map(row => ({
    fingerprint: String(row.fingerprint),
    template: String(row.template),
    records: Number(row.records),
  }))
}

async function readTrend(read: Read, { from, to, env, visible }: Scope, id: string): Promise<ProblemAnswer['trend']> {
  const partMs = Math.max(1_000, Math.ceil((+to - +from) / TREND_PARTS / 1_000) * 1_000)
  const rows = await read(
    `SELECT floor(extract(epoch FROM timestamp - $2) * 1000 / $6)::int AS part, count(DISTINCT failure)::int AS failures FROM failure_records
     WHERE fingerprint = $1::bigint AND timestamp > $2::timestamptz AND timestamp <= $3 AND is_among(environment, environment_names($4)) AND is_among(service, $5)
     GROUP BY 1`,
    [fingerprintId(id), from, to, env, visible, partMs],
  )
  const counts = new Map(rows.map(row => [Number(row.part), Number(row.failures)]))
  return Array.from({ length: Math.ceil((+to - +from) / partMs) }, (_, part) => ({
    at: new Date(+from + part * partMs).toISOString(),
    failures: counts.get(part) ?? 0,
  }))
}

async function readReleases(
  read: Read,
  { from, to, env, visible }: Scope,
  id: string,
): Promise<ProblemAnswer['releases']> {
  const rows = await read(
    `SELECT release, service, count(DISTINCT failure)::int AS failures, min(timestamp) AS first_at FROM failure_records
     WHERE fingerprint = $1::bigint AND timestamp > $2 AND timestamp <= $3 AND is_among(environment, environment_names($4)) AND is_among(service, $5)
       AND release IS NOT NULL
     GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20`,
    [fingerprintId(id), from, to, env, visible],
  )
  return rows.map(row => ({
    release: String(row.release),
    service: String(row.service),
    failures: Number(row.failures),
    first_at: String(row.first_at),
  }))
}
