import type pg from 'pg'
import type { Logger } from 'pino'
import { errorText } from '../../../pipeline/errors.ts'
import { knownCommits, readHead, writeCommit, writeHead } from '../../../store/code/changes.ts'
import { releasePairs, writeRange } from '../../../store/code/ranges.ts'
import { CodeError, CodePause, type CodeSource, type Commit } from './source.ts'

export interface ReadLimits {
  readonly commits_max: number
}

/** A repository that is missing, was rewritten, or asks to be left alone is noted, and the others are read all the same. */
export async function readRepository(
  client: pg.ClientBase,
  name: string,
  source: CodeSource,
  ref: string,
  { commits_max: most }: ReadLimits,
  logger: Pick<Logger, 'warn'>,
): Promise<void> {
  try {
    const head = await source.resolve(ref)
    const known = await readHead(client, name)
    if (head === known) return
    const notes: string[] = []
    const commits = await source.commits(head, known, most).catch((error: unknown) => {
      if (!(error instanceof CodeError) || error instanceof CodePause || known === undefined) throw error
      notes.push('its history was rewritten: what was known of it may be of commits that are gone')
      return source.commits(head, undefined, most)
    })
    notes.push(...(await keepCommits(client, name, source, commits)))
    await writeHead(client, name, head, notes.length === 0 ? undefined : notes.join('; ').slice(0, 1_000))
  } catch (error) {
    if (!(error instanceof CodeError)) throw error
    const note = `${name} cannot be read from ${source.where}: ${errorText(error)}`
    logger.warn(note)
    await writeHead(client, name, undefined, note.slice(0, 1_000))
  }
}

/** Those that are not known yet, the oldest first: whatever interrupts it, the next turn goes on from there. */
async function keepCommits(
  client: pg.ClientBase,
  repository: string,
  source: CodeSource,
  commits: readonly Commit[],
): Promise<string[]> {
  const known = await knownCommits(
    client,
    repository,
    commits.map(({ id }) => id),
  )
  const notes: string[] = []
  for (const commit of commits.toReversed()) {
    if (known.has(commit.id)) continue
    const { files, cut } = await source.diff(commit)
    if (cut !== undefined) notes.push(`the diff of ${commit.id.slice(0, 12)} ${cut}`)
    const { id, at, author, title } = commit
    await writeCommit(client, { repository, commit: id, at, author, title, isCut: cut !== undefined, files })
  }
  return notes
}

/** As people tag what they release; the name alone may be a commit, too. */
const TAGS: readonly ((release: string, service: string) => string)[] = [
  release => release,
  release => `v${release}`,
  (release, service) => `${service}@${release}`,
  (release, service) => `${service}-${release}`,
]

/** Which commits lie between two releases that were seen one after the other, where both are tags or commits. */
export async function readRanges(
  client: pg.ClientBase,
  name: string,
  source: CodeSource,
  { commits_max: most }: ReadLimits,
  signal: AbortSignal,
): Promise<void> {
  for (const { service, previous, release } of await releasePairs(client, name)) {
    if (signal.aborted) return
    const range = { service, previous, release, repository: name }
    try {
      const [base, head] = [await resolved(source, previous, service), await resolved(source, release, service)]
      const commits = await source.commits(head, base, most)
      await keepCommits(client, name, source, commits)
      const note = commits.length < most ? undefined : `only the newest ${most} commits are known`
      await writeRange(client, { ...range, commits: commits.map(({ id }) => id), note })
    } catch (error) {
      if (error instanceof CodePause) return
      if (!(error instanceof CodeError)) throw error
      await writeRange(client, { ...range, commits: undefined, note: errorText(error).slice(0, 500) })
    }
  }
}

async function resolved(source: CodeSource, release: string, service: string): Promise<string> {
  for (const tag of TAGS) {
    try {
      return await source.resolve(tag(release, service))
    } catch (error) {
      if (!(error instanceof CodeError) || error instanceof CodePause) throw error
    }
  }
  throw new CodeError(
    `release ${release} is no tag, branch or commit: it is looked for as ${TAGS.map(tag => tag(release, service)).join(', ')}`,
  )
}
