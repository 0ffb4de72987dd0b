import type pg from 'pg'

/** A fingerprint and where it belongs. */
export interface GroupedFingerprint {
  readonly fingerprint: bigint
  readonly kind: string
  /** Where the grouping alone puts it. */
  readonly automatic: bigint
  /** With the rules on top. */
  readonly group: bigint
  readonly records: number
}

export interface StoredRule {
  readonly id: number
  readonly kind: 'merge' | 'split'
  readonly fingerprints: readonly bigint[]
  readonly note: string
  readonly createdAt: Date
  readonly createdBy: string
}

/** "sens", "grup": whoever changes groups or rules holds this lock in its transaction, so that nobody works on old ones. */
const GROUPS_LOCK = [0x73656e73, 0x67727570]

/** To be called first in a transaction that changes groups; the others wait until it ends. */
export async function lockGroups(client: pg.ClientBase): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1, $2)', GROUPS_LOCK)
}

/** Every fingerprint, in no order. */
export async function readGrouped(client: pg.ClientBase): Promise<GroupedFingerprint[]> {
  const { rows } = await client.query<{
    fingerprint: string
    kind: string
    automatic_group: string
    group_id: string
    records: number
  }>('SELECT fingerprint, kind, automatic_group, group_id, records::float8 AS records FROM fingerprints')
  return rows.map(row => ({
    fingerprint: BigInt(row.fingerprint),
    kind: row.kind,
    automatic: BigInt(row.automatic_group),
    group: BigInt(row.group_id),
    records: row.records,
  }))
}

/** Rows that are in memory at once, at some 200 bytes; their templates come to a few kB each at most. */
export const PAGE_ROWS = 5_000

export interface PagedFingerprint extends Omit<GroupedFingerprint, 'records'> {
  /** A log line's, made by this version: what only an earlier version made is no witness, it masked by other rules. */
  readonly isWitness: boolean
}

/** All fingerprints in the order of their ids, a page at a time: a store may have millions. */
export async function* groupedPages(
  client: pg.ClientBase,
  version: number,
  pageRows = PAGE_ROWS,
): AsyncGenerator<PagedFingerprint[]> {
  let after: string | undefined
  for (;;) {
    const { rows } = await client.query<PageRow>(
      `SELECT fingerprint, kind, automatic_group, group_id, kind = 'log' AND seen_version >= $1 AS is_witness
       FROM fingerprints WHERE $2::bigint IS NULL OR fingerprint > $2 ORDER BY fingerprint LIMIT $3`,
      [version, after ?? null, pageRows],
    )
    if (rows.length > 0) yield rows.map(pagedOf)
    if (rows.length < pageRows) return
    after = rows.at(-1)!.fingerprint
  }
}

interface PageRow {
  readonly fingerprint: string
  readonly kind: string
  readonly automatic_group: string
  readonly group_id: string
  readonly is_witness: boolean
}

function pagedOf(row: PageRow): PagedFingerprint {
  return {
    fingerprint: BigInt(row.fingerprint),
    kind: row.kind,
    automatic: BigInt(row.automatic_group),
    group: BigInt(row.group_id),
    isWitness: row.is_witness,
  }
}

/** The same of a few fingerprints by their ids. */
export async function readPaged(
  client: pg.ClientBase,
  version: number,
  fingerprints: readonly bigint[],
): Promise<PagedFingerprint[]> {
  const { rows } = await client.query<PageRow>(
    `SELECT fingerprint, kind, automatic_group, group_id, kind = 'log' AND seen_version >= $1 AS is_witness
     FROM fingerprints WHERE fingerprint = ANY ($2::bigint[])`,
    [version, fingerprints.map(String)],
  )
  return rows.map(pagedOf)
}

export async function readTemplates(
  client: pg.ClientBase,
  fingerprints: readonly bigint[],
): Promise<{ readonly fingerprint: bigint; readonly template: string }[]> {
  if (fingerprints.length === 0) return []
  const { rows } = await client.query<{ fingerprint: string; template: string }>(
    'SELECT fingerprint, template FROM fingerprints WHERE fingerprint = ANY ($1::bigint[])',
    [fingerprints.map(String)],
  )
  return rows.map(row => ({ fingerprint: BigInt(row.fingerprint), template: row.template }))
}

/** In the order in which they hold. */
export async function readRules(client: pg.ClientBase): Promise<StoredRule[]> {
  const { rows } = await client.query<{
    rule_id: number
    kind: 'merge' | 'split'
    fingerprints: string[]
    note: string
    created_at: Date
    created_by: string
  }>(
    'SELECT rule_id, kind, fingerprints::text[] AS fingerprints, note, created_at, created_by FROM group_rules ORDER BY rule_id',
  )
  return rows.map(row => ({
    id: row.rule_id,
    kind: row.kind,
    fingerprints: row.fingerprints.map(BigInt),
    note: row.note,
    createdAt: row.created_at,
    createdBy: row.created_by,
  }))
}

export async function hasRules(client: pg.ClientBase): Promise<boolean> {
  return (await client.query('SELECT FROM group_rules LIMIT 1')).rowCount === 1
}

export interface NewPlace {
  readonly fingerprint: bigint
  readonly automatic: bigint
  readonly group: bigint
}

/** Writes where fingerprints belong from now on, and notes each change of a group, and each group that ended. */
export async function writeGroups(
  client: pg.ClientBase,
  places: readonly NewPlace[],
  reason: 'grouping' | 'rule',
): Promise<void> {
  if (places.length === 0) return
  const sorted = places.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))
  // A fingerprint on its own is its own group: it leaves none behind.
  await client.query(
    `WITH place AS (
       SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS p (fingerprint, automatic, new_group)
     ), old AS (
       SELECT f.fingerprint, f.group_id AS old_group, p.automatic, p.new_group
       FROM fingerprints f JOIN place p USING (fingerprint) ORDER BY f.fingerprint FOR UPDATE OF f
     ), moved AS (
       INSERT INTO fingerprint_moves (fingerprint, old_group, new_group, reason)
       SELECT fingerprint, old_group, new_group, $4 FROM old WHERE old_group <> new_group
     ), merged AS (
       INSERT INTO fingerprint_merges (old_group, new_group)
       SELECT DISTINCT old_group, new_group FROM old
       WHERE old_group <> new_group AND old_group <> fingerprint
         AND NOT EXISTS (SELECT FROM fingerprints s WHERE s.group_id = old.old_group
           AND s.fingerprint NOT IN (SELECT fingerprint FROM old o WHERE o.new_group <> o.old_group))
       ON CONFLICT DO NOTHING
     )
     UPDATE fingerprints f SET automatic_group = old.automatic, group_id = old.new_group
     FROM old WHERE f.fingerprint = old.fingerprint`,
    [
      sorted.map(place => String(place.fingerprint)),
      sorted.map(place => String(place.automatic)),
      sorted.map(place => String(place.group)),
      reason,
    ],
  )
}

export async function addRule(
  client: pg.ClientBase,
  rule: Pick<StoredRule, 'kind' | 'fingerprints' | 'note' | 'createdBy'>,
): Promise<number> {
  const { rows } = await client.query<{ rule_id: number }>(
    'INSERT INTO group_rules (kind, fingerprints, note, created_by) VALUES ($1, $2, $3, $4) RETURNING rule_id',
    [rule.kind, rule.fingerprints.map(String), rule.note, rule.createdBy],
  )
  return rows[0]!.rule_id
}

/** False when there is no such rule. */
export async function removeRule(client: pg.ClientBase, id: number): Promise<boolean> {
  const { rowCount } = await client.query('DELETE FROM group_rules WHERE rule_id = $1', [id])
  return rowCount === 1
}
