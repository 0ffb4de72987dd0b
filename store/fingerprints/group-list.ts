import type pg from 'pg'
import { SensoriumError } from '../../pipeline/errors.ts'

/** A group as a list shows it. Ids are 16 hex digits. */
export interface GroupSummary {
  readonly group_id: string
  /** Of its most frequent fingerprint. */
  readonly template: string
  readonly kind: string
  /** The worst of its fingerprints: regressed, open, resolved. */
  readonly status: string
  readonly severity_number: number
  readonly fingerprints: number
  readonly records: number
  readonly services: readonly string[]
  readonly first_seen: Date
  readonly last_seen: Date
}

export interface GroupFilter {
  readonly since?: Date | undefined
  readonly service?: string | undefined
  readonly environment?: string | undefined
  readonly kind?: string | undefined
  readonly status?: string | undefined
  readonly limit: number
}

const SUMMARY = `
  SELECT lpad(to_hex(f.group_id), 16, '0') AS group_id,
    (array_agg(f.template ORDER BY f.records DESC, f.fingerprint))[1] AS template,
    (array_agg(f.kind ORDER BY f.records DESC, f.fingerprint))[1] AS kind,
    CASE WHEN bool_or(f.status = 'regressed') THEN 'regressed' WHEN bool_or(f.status = 'open') THEN 'open' ELSE 'resolved' END AS status,
    max(f.severity_number) AS severity_number, count(*)::int AS fingerprints, sum(f.records)::float8 AS records,
    (SELECT array_agg(DISTINCT s.service ORDER BY s.service) FROM fingerprint_services s
      WHERE s.fingerprint = ANY (array_agg(f.fingerprint))) AS services,
    min(f.first_seen) AS first_seen, max(f.last_seen) AS last_seen
  FROM fingerprints f`

/** Groups with the most records first. */
export async function listGroups(client: pg.ClientBase, filter: GroupFilter): Promise<GroupSummary[]> {
  const { since = null, service = null, environment = null, kind = null, status = null, limit } = filter
  const { rows } = await client.query<GroupSummary>(
    `SELECT * FROM (${SUMMARY}
       WHERE ($1::timestamptz IS NULL OR f.last_seen >= $1) AND ($4::text IS NULL OR f.kind = $4)
         AND ($2::text IS NULL AND $3::text IS NULL OR EXISTS (SELECT FROM fingerprint_services s
           WHERE s.fingerprint = f.fingerprint AND ($2 IS NULL OR s.service = $2) AND ($3 IS NULL OR s.environment = $3)))
       GROUP BY f.group_id) g
     WHERE $5::text IS NULL OR status = $5
     ORDER BY records DESC, group_id LIMIT $6`,
    [since, service, environment, kind, status, limit],
  )
  return rows
}

export interface GroupMember {
  readonly fingerprint: string
  readonly template: string
  readonly sample: string
  readonly status: string
  readonly records: number
  readonly first_seen: Date
  readonly last_seen: Date
  readonly first_release: string | null
}

export interface GroupMove {
  readonly fingerprint: string
  readonly old_group: string
  readonly new_group: string
  readonly reason: string
  readonly moved_at: Date
}

export interface GroupDetails {
  readonly summary: GroupSummary
  /** The most frequent first, at most 100. */
  readonly members: readonly GroupMember[]
  /** The latest first, at most 20. */
  readonly moves: readonly GroupMove[]
}

export async function showGroup(client: pg.ClientBase, group: bigint): Promise<GroupDetails> {
  const id = [String(group)]
  const { rows } = await client.query<GroupSummary>(`${SUMMARY} WHERE f.group_id = $1 GROUP BY f.group_id`, id)
  const members = await client.query<GroupMember>(
    `SELECT lpad(to_hex(fingerprint), 16, '0') AS fingerprint, template, sample, status, records::float8 AS records,
       first_seen, last_seen, first_release
     FROM fingerprints f WHERE group_id = $1 ORDER BY f.records DESC, f.fingerprint LIMIT 100`,
    id,
  )
  const moves = await client.query<GroupMove>(
    `SELECT lpad(to_hex(fingerprint), 16, '0') AS fingerprint, lpad(to_hex(old_group), 16, '0') AS old_group,
       lpad(to_hex(new_group), 16, '0') AS new_group, reason, moved_at
     FROM fingerprint_moves WHERE old_group = $1 OR new_group = $1 ORDER BY moved_at DESC, fingerprint LIMIT 20`,
    id,
  )
  return { summary: rows[0]!, members: members.rows, moves: moves.rows }
}

export interface Found {
  readonly group: bigint
  /** The fingerprint that was named, or one of the group that was. */
  readonly fingerprint: bigint
  readonly isFingerprint: boolean
}

const MIN_PREFIX = 6

/**
 * What an id on a command line names: a group or a fingerprint, whole or by its first six digits or more. An id that is
 * both names the fingerprint.
 *
 * @throws SensoriumError USAGE with the candidates
 */
export async function findById(client: pg.ClientBase, text: string): Promise<Found> {
  const prefix = text.toLowerCase()
  if (!/^[0-9a-f]{1,16}$/.test(prefix) || prefix.length < MIN_PREFIX) {
    throw new SensoriumError(
      'USAGE',
      `${JSON.stringify(text)} is no id: write 16 hex digits, or the first ${MIN_PREFIX} of them or more (sensorium groups list)`,
    )
  }
  const { rows } = await client.query<{ id: string; fingerprint: string; group_id: string; is_fingerprint: boolean }>(
    `SELECT id, fingerprint, group_id, is_fingerprint FROM (
       SELECT lpad(to_hex(fingerprint), 16, '0') AS id, fingerprint, group_id, true AS is_fingerprint FROM fingerprints
       UNION ALL
       SELECT lpad(to_hex(group_id), 16, '0'), min(fingerprint), group_id, false FROM fingerprints GROUP BY group_id
     ) AS ids WHERE starts_with(id, $1) ORDER BY id, is_fingerprint DESC LIMIT 20`,
    [prefix],
  )
  const ids = new Set(rows.map(row => row.id))
  const [first] = rows
  if (first === undefined) {
    throw new SensoriumError('USAGE', `no group or fingerprint begins with ${prefix}; sensorium groups list shows them`)
  }
  if (ids.size > 1) {
    throw new SensoriumError('USAGE', `${prefix} could be ${[...ids].slice(0, 5).join(', ')}; write more digits`)
  }
  return { group: BigInt(first.group_id), fingerprint: BigInt(first.fingerprint), isFingerprint: first.is_fingerprint }
}

/** What mended it, as far as somebody said. */
export interface Fix {
  readonly fixedIn?: string | undefined
  readonly commit?: string | undefined
}

/** Marks all fingerprints of a group; `resolved` until they are seen again, on a version with the fix. Returns how many changed. */
export async function markGroup(
  client: pg.ClientBase,
  group: bigint,
  status: 'open' | 'resolved',
  { fixedIn, commit }: Fix = {},
): Promise<number> {
  const { rowCount } = await client.query(
    `WITH marked AS (
       SELECT fingerprint FROM fingerprints WHERE group_id = $1 AND (status <> $2 OR $3::text IS NOT NULL) ORDER BY fingerprint FOR UPDATE
     )
     UPDATE fingerprints f SET status = $2, resolved_at = CASE WHEN $2 = 'resolved' THEN now() END, fixed_in = $3, fixed_by = $4
     FROM marked WHERE f.fingerprint = marked.fingerprint`,
    [String(group), status, fixedIn ?? null, commit ?? null],
  )
  return rowCount ?? 0
}
