import type pg from 'pg'

/** A fingerprint's template, as the grouping needs it. */
export interface StoredTemplate {
  readonly fingerprint: bigint
  readonly template: string
  readonly groupId: bigint
}

/** All templates of log lines, in no order: the grouping does not depend on it. */
export async function storedTemplates(client: pg.ClientBase): Promise<StoredTemplate[]> {
  const { rows } = await client.query<{ fingerprint: string; template: string; group_id: string }>(
    `SELECT fingerprint, template, group_id FROM fingerprints WHERE kind = 'log'`,
  )
  return rows.map(row => ({
    fingerprint: BigInt(row.fingerprint),
    template: row.template,
    groupId: BigInt(row.group_id),
  }))
}

export interface GroupChange {
  readonly fingerprint: bigint
  readonly groupId: bigint
}
export interface MergedGroup {
  readonly oldGroup: bigint
  readonly newGroup: bigint
}

/** Writes where fingerprints belong now, and which group ids stand for another from now on. */
export async function writeGroups(
  client: pg.ClientBase,
  changes: readonly GroupChange[],
  merged: readonly MergedGroup[],
): Promise<void> {
  if (changes.length > 0) {
    const sorted = changes.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))
    await client.query(
      `UPDATE fingerprints f SET group_id = c.group_id
       FROM unnest($1::bigint[], $2::bigint[]) AS c (fingerprint, group_id)
       WHERE f.fingerprint = c.fingerprint AND f.group_id <> c.group_id`,
      [sorted.map(change => String(change.fingerprint)), sorted.map(change => String(change.groupId))],
    )
  }
  if (merged.length > 0) {
    await client.query(
      `INSERT INTO fingerprint_merges (old_group, new_group)
       SELECT * FROM unnest($1::bigint[], $2::bigint[]) ON CONFLICT DO NOTHING`,
      [merged.map(merge => String(merge.oldGroup)), merged.map(merge => String(merge.newGroup))],
    )
  }
}
