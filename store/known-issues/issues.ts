import type pg from 'pg'
import { type FixType, type KnownIssue, type MatchKind, patternFault } from '../../analysis/known-issues/match.ts'
import { SensoriumError } from '../../pipeline/errors.ts'

/** More would be a list of every error, which fingerprints are. */
export const ISSUES_MAX = 1_000

export interface StoredIssue extends KnownIssue {
  readonly status: 'known' | 'reopened'
  readonly reopenedVersion: string | undefined
}

export const ISSUES = `SELECT * FROM node_known_issues ORDER BY created_at, name LIMIT ${ISSUES_MAX}`

/** The oldest first: of several that match a record the first is taken. */
export async function readKnownIssues(client: pg.ClientBase): Promise<readonly StoredIssue[]> {
  return (await client.query<Record<string, unknown>>(ISSUES)).rows.map(issueOf)
}

/** A row of `ISSUES`. */
export function issueOf(row: Readonly<Record<string, unknown>>): StoredIssue {
  const text = (key: string) => (typeof row[key] === 'string' ? row[key] : undefined)
  const list = (key: string) => (Array.isArray(row[key]) ? row[key].map(String) : undefined)
  return {
    id: String(row.id),
    name: String(row.name),
    pattern: String(row.pattern),
    matchKind: row.match_kind as MatchKind, // as the columns' checks have it
    sources: list('sources'),
    services: list('services'),
    description: text('description'),
    fixType: text('fix_type') as FixType | undefined,
    fixVersion: text('fix_version'),
    fixCommit: text('fix_commit'),
    fixInstructions: row.fix_instructions ?? undefined,
    autoResolve: row.auto_resolve === true,
    status: row.status as StoredIssue['status'],
    reopenedVersion: text('reopened_version'),
  }
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

/** Adds an issue whose name nobody has. @throws SensoriumError USAGE */
export async function writeNewIssue(client: pg.ClientBase, issue: NewIssue): Promise<string> {
  const { rowCount } = await client.query('SELECT FROM node_known_issues WHERE name = $1', [issue.name])
  if (rowCount !== 0)
    throw new SensoriumError('USAGE', `there is a known issue ${issue.name} already; choose another name`)
  return writeKnownIssue(client, issue)
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
