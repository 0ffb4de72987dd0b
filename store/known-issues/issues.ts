import type pg from 'pg'
import { type FixType, type KnownIssue, type MatchKind, patternFault } from '../../analysis/known-issues/match.ts'
import { SensoriumError } from '../../pipeline/errors.ts'

/** More would be a list of every error, which fingerprints are. */
export const ISSUES_MAX = 1_000

export interface StoredIssue extends KnownIssue {
  readonly status: 'known' | 'reopened'
  readonly reopenedVersion: string | undefined
}

/** The oldest first: of several that match a record the first is taken. */
export async function readKnownIssues(client: pg.ClientBase): Promise<readonly StoredIssue[]> {
  const { rows } = await client.query(`SELECT * FROM node_known_issues ORDER BY created_at, name LIMIT ${ISSUES_MAX}`)
  return rows.map(row => ({
    id: row.id,
    name: row.name,
    pattern: row.pattern,
    matchKind: row.match_kind as MatchKind,
    sources: row.sources ?? undefined,
    services: row.services ?? undefined,
    description: row.description ?? undefined,
    fixType: (row.fix_type as FixType | null) ?? undefined,
    fixVersion: row.fix_version ?? undefined,
    fixCommit: row.fix_commit ?? undefined,
    fixInstructions: row.fix_instructions ?? undefined,
    autoResolve: row.auto_resolve,
    status: row.status,
    reopenedVersion: row.reopened_version ?? undefined,
  }))
}

export type NewIssue = Omit<KnownIssue, 'id'>

/**
 * Adds an issue, or changes the one of this name; whoever changes it says that it is mended, so it is known again.
 *
 * @throws SensoriumError USAGE where its pattern cannot be used
 */
export async function writeKnownIssue(client: pg.ClientBase, issue: NewIssue): Promise<string> {
  const fault = patternFault(issue.pattern, issue.matchKind)
  if (fault !== undefined) throw new SensoriumError('USAGE', `the pattern of ${issue.name}: ${fault}`)
  if (issue.fixType === 'update' && issue.fixVersion === undefined) {
    throw new SensoriumError('USAGE', `${issue.name} is mended by an update: say by which version`)
  }
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO node_known_issues AS i (name, pattern, match_kind, sources, services, description, fix_type, fix_version, fix_commit,
       fix_instructions, auto_resolve)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT (name) DO UPDATE SET pattern = excluded.pattern, match_kind = excluded.match_kind, sources = excluded.sources,
       services = excluded.services, description = excluded.description, fix_type = excluded.fix_type, fix_version = excluded.fix_version,
       fix_commit = excluded.fix_commit, fix_instructions = excluded.fix_instructions, auto_resolve = excluded.auto_resolve,
       status = 'known', reopened_at = NULL, reopened_version = NULL
     RETURNING id`,
    [
      ...[issue.name, issue.pattern, issue.matchKind, issue.sources ?? null, issue.services ?? null],
      ...[issue.description ?? null, issue.fixType ?? null, issue.fixVersion ?? null, issue.fixCommit ?? null],
      ...[issue.fixInstructions === undefined ? null : JSON.stringify(issue.fixInstructions), issue.autoResolve],
    ],
  )
  return rows[0]!.id
}

/** It was seen on a version that has the fix. */
export async function reopenIssue(client: pg.ClientBase, id: string, version: string | undefined): Promise<void> {
  await client.query(
    `UPDATE node_known_issues SET status = 'reopened', reopened_at = now(), reopened_version = $2 WHERE id = $1`,
    [id, version ?? null],
  )
}

/** Problems of groups that issues name; of a larger group those that were seen last. */
const MEMBERS_MAX = 10_000

/**
 * The groups of the problems that issues of kind `group` are about, by fingerprint; both 16 hex digits. A problem has a
 * group from when its first record was folded, seconds after it came.
 */
export async function readIssueGroups(
  client: pg.ClientBase,
  issues: readonly KnownIssue[],
): Promise<ReadonlyMap<string, string>> {
  const groups = issues.flatMap(({ matchKind, pattern }) => (matchKind === 'group' ? [pattern] : []))
  if (groups.length === 0) return new Map()
  const { rows } = await client.query<{ fingerprint: string; group: string }>(
    `SELECT lpad(to_hex(fingerprint), 16, '0') AS fingerprint, lpad(to_hex(group_id), 16, '0') AS group FROM fingerprints
     WHERE group_id IN (SELECT ('x' || g)::bit(64)::bigint FROM unnest($1::text[]) g) ORDER BY last_seen DESC LIMIT ${MEMBERS_MAX}`,
    [groups],
  )
  return new Map(rows.map(row => [row.fingerprint, row.group]))
}
