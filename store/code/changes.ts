import type pg from 'pg'
import type { FileChange } from '../../analysis/code/diff.ts'
import type { ChangedFile } from '../../analysis/code/suspect.ts'
import { inTransaction } from '../connect.ts'
import { type Read, timeOf } from '../reading.ts'

export interface CodePlace {
  readonly service: string
  readonly repository: string
  /** A file or folder; empty is all of the repository. */
  readonly path: string
}

/** Where the code of services is, in the place of what was said before. */
export function writeCodePlaces(client: pg.ClientBase, places: readonly CodePlace[]): Promise<void> {
  return inTransaction(client, async () => {
    await client.query('DELETE FROM code_services')
    await client.query(
      `INSERT INTO code_services SELECT DISTINCT service, repository, path FROM jsonb_to_recordset($1) AS p (service text, repository text, path text)`,
      [JSON.stringify(places)],
    )
  })
}

export async function readHead(client: pg.ClientBase, repository: string): Promise<string | undefined> {
  const { rows } = await client.query('SELECT head FROM code_repositories WHERE repository = $1', [repository])
  return rows[0]?.head ?? undefined
}

/** How far a repository is read; `note` says why not, or not in whole. */
export async function writeHead(
  client: pg.ClientBase,
  repository: string,
  head: string | undefined,
  note: string | undefined,
): Promise<void> {
  await client.query(
    `INSERT INTO code_repositories AS r (repository, head, note, read_at) VALUES ($1, $2, $3, now())
     ON CONFLICT (repository) DO UPDATE SET head = coalesce(excluded.head, r.head), note = excluded.note, read_at = now()`,
    [repository, head ?? null, note ?? null],
  )
}

export interface CommitChanges {
  readonly repository: string
  readonly commit: string
  readonly at: Date
  readonly author: string
  readonly title: string
  readonly isCut: boolean
  readonly files: readonly FileChange[]
}

export async function writeCommit(client: pg.ClientBase, change: CommitChanges): Promise<void> {
  const { repository, commit, at, author, title, isCut, files } = change
  // A NUL is no text to Postgres, and a name may hold one.
  const clean = (text: string) => text.replaceAll('\u0000', '').toWellFormed()
  await client.query(
    `INSERT INTO code_changes (repository, commit, path, committed_at, author, title, added, removed, is_cut, hunks)
     SELECT $1, $2, path, $3, $4, $5, added, removed, $6, hunks
     FROM jsonb_to_recordset($7) AS f (path text, added integer, removed integer, hunks jsonb) ON CONFLICT DO NOTHING`,
    [
      ...[repository, commit, at, clean(author).slice(0, 200), clean(title).slice(0, 300), isCut],
      clean(JSON.stringify(files).replaceAll('\\u0000', '')),
    ],
  )
}

/** Of these commits, those whose files are known. */
export async function knownCommits(
  client: pg.ClientBase,
  repository: string,
  commits: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ commit: string }>(
    'SELECT DISTINCT commit FROM code_changes WHERE repository = $1 AND commit = ANY ($2)',
    [repository, commits],
  )
  return new Set(rows.map(({ commit }) => commit))
}

const FILES_MAX = 500

/** What commits changed of a service's code in a range, the newest first. */
export async function readServiceChanges(read: Read, service: string, from: Date, until: Date): Promise<ChangedFile[]> {
  const rows = await read(
    `SELECT c.* FROM code_changes c JOIN code_services s USING (repository)
     WHERE s.service = $1 AND c.committed_at >= $2 AND c.committed_at <= $3 ORDER BY c.committed_at DESC LIMIT ${FILES_MAX}`,
    [service, from, until],
  )
  return rows.map(changedFileOf)
}

/** A row of code_changes. */
export function changedFileOf(row: Readonly<Record<string, unknown>>): ChangedFile {
  return {
    repository: String(row.repository),
    commit: String(row.commit),
    title: String(row.title),
    author: String(row.author),
    committedAt: timeOf(row.committed_at),
    path: String(row.path),
    hunks: row.hunks as ChangedFile['hunks'], // as it was written
  }
}
