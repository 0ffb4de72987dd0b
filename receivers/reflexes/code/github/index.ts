import { readPatch } from '../../../../analysis/code/diff.ts'
import { COMMIT, CodeError, type CodeSource, CodeTooLarge, type Commit, mustBeCommit, REF } from '../source.ts'
import type { GitHubClient } from './client.ts'

/** GitHub tells of so many files of a commit at most: https://docs.github.com/en/rest/commits/commits */
const FILES_MAX = 3_000
const PAGE = 100

/** A repository at GitHub, by its REST API: the same questions that a clone is asked. */
export function gitHubSource(client: GitHubClient, repository: string): CodeSource {
  const base = `/repos/${repository}`
  return {
    where: `${client.origin}/${repository}`,
    async resolve(ref) {
      if (!REF.test(ref)) throw new CodeError(`${JSON.stringify(ref)} is no name of a commit`)
      const path = ref.split('/').map(encodeURIComponent).join('/')
      const id = (await client.text(`${base}/commits/${path}`, 'application/vnd.github.sha')).trim()
      if (!COMMIT.test(id)) throw new CodeError(`${ref} is no commit`)
      return id
    },
    async commits(head, since, most) {
      mustBeCommit(head, since)
      if (since === undefined) {
        const rows = await client.pages(
          `${base}/commits?sha=${head}&per_page=${Math.min(PAGE, most)}`,
          listOf,
          most,
          true,
        )
        return rows.slice(0, most).map(commitOf)
      }
      const path = `${base}/compare/${since}...${head}?per_page=${PAGE}`
      const rows = await client.pages(path, page => listOf(plain(page).commits), Number.POSITIVE_INFINITY, true)
      // The oldest first, as GitHub compares.
      return rows.slice(-most).toReversed().map(commitOf)
    },
    async diff({ id }) {
      mustBeCommit(id)
      const path = `${base}/commits/${id}?per_page=${PAGE}`
      const rows = await client.pages(path, page => listOf(plain(page).files), FILES_MAX, false).catch(tooLarge)
      if (typeof rows === 'string') return { files: [], cut: `${rows}: nothing of it is known` }
      let isCut = rows.length >= FILES_MAX
      const files = rows.flatMap(row => {
        const file = plain(row)
        if (typeof file.filename !== 'string') return []
        const [added, removed] = [countOf(file.additions), countOf(file.deletions)]
        // Of a large file, or where there are very many, GitHub leaves the patch out; of a picture there is none.
        const patch = typeof file.patch === 'string' ? file.patch : undefined
        if (patch === undefined && added + removed > 0) isCut = true
        return [{ path: file.filename, added, removed, hunks: patch === undefined ? [] : readPatch(patch) }]
      })
      return { files, cut: isCut ? 'is not whole at GitHub: of some files only their names are known' : undefined }
    },
  }
}

function tooLarge(error: unknown): string {
  if (error instanceof CodeTooLarge) return error.message
  throw error
}

type Plain = Readonly<Record<string, unknown>>

function plain(value: unknown): Plain {
  return typeof value === 'object' && value !== null ? (value as Plain) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function countOf(value: unknown): number {
  return Number.isInteger(value) && Number(value) >= 0 ? Number(value) : 0
}

function commitOf(row: unknown): Commit {
  const { sha, commit } = plain(row)
  const { message, author, committer } = plain(commit)
  const at = new Date(String(plain(committer).date ?? plain(author).date))
  if (typeof sha !== 'string' || !COMMIT.test(sha) || Number.isNaN(+at))
    throw new CodeError('it answers what is no commit')
  return { id: sha, at, author: String(plain(author).name ?? ''), title: String(message ?? '').split('\n', 1)[0]! }
}
