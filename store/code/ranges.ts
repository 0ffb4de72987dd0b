import type pg from 'pg'
import type { ChangedFile } from '../../analysis/code/suspect.ts'
import type { Read } from '../reading.ts'
import { changedFileOf } from './changes.ts'

export interface ReleasePair {
  readonly service: string
  readonly previous: string
  readonly release: string
}

const PAIRS_MAX = 20

/**
 * Releases that came after another in the last two weeks, of services whose code is in this repository, and whose
 * commits are not known. A name that nobody has tagged yet is tried again each hour of its first day.
 */
export async function releasePairs(client: pg.ClientBase, repository: string): Promise<ReleasePair[]> {
  const { rows } = await client.query<ReleasePair>(
    `SELECT DISTINCT r.service, before.release AS previous, r.release
     FROM service_releases r
     JOIN LATERAL (SELECT p.release FROM service_releases p
       WHERE p.service = r.service AND p.environment = r.environment AND p.first_seen < r.first_seen
       ORDER BY p.first_seen DESC LIMIT 1) before ON true
     LEFT JOIN code_ranges g ON (g.service, g.previous, g.release, g.repository) = (r.service, before.release, r.release, $1)
     WHERE r.first_seen > now() - interval '14 days' AND before.release <> '' AND r.release <> ''
       AND EXISTS (SELECT FROM code_services c WHERE c.service = r.service AND c.repository = $1)
       AND (g.service IS NULL
         OR (g.commits IS NULL AND g.read_at < now() - interval '1 hour' AND r.first_seen > now() - interval '1 day'))
     LIMIT ${PAIRS_MAX}`,
    [repository],
  )
  return rows
}

export interface CommitRange extends ReleasePair {
  readonly repository: string
  /** The newest first; undefined where a release is no commit that is known there. */
  readonly commits: readonly string[] | undefined
  readonly note: string | undefined
}

export async function writeRange(client: pg.ClientBase, range: CommitRange): Promise<void> {
  const { service, previous, release, repository, commits, note } = range
  await client.query(
    `INSERT INTO code_ranges (service, previous, release, repository, commits, note, read_at) VALUES ($1, $2, $3, $4, $5, $6, now())
     ON CONFLICT (service, previous, release, repository) DO UPDATE SET commits = excluded.commits, note = excluded.note, read_at = now()`,
    [service, previous, release, repository, commits ?? null, note ?? null],
  )
}

/** What was changed between two releases; undefined where that is not known. */
export async function readBetween(
  read: Read,
  service: string,
  previous: string | undefined,
  release: string | undefined,
): Promise<ChangedFile[] | undefined> {
  if (previous === undefined || release === undefined) return undefined
  const range = 'FROM code_ranges WHERE service = $1 AND previous = $2 AND release = $3 AND commits IS NOT NULL'
  const [known] = await read(`SELECT count(*)::int AS ranges ${range}`, [service, previous, release])
  if (known?.ranges === 0) return undefined
  const rows = await read(
    `SELECT c.* FROM (SELECT repository, unnest(commits) AS commit ${range}) r JOIN code_changes c USING (repository, commit)
     ORDER BY c.committed_at DESC LIMIT 2000`,
    [service, previous, release],
  )
  return rows.map(changedFileOf)
}
