import type pg from 'pg'
import type { Logger } from 'pino'
import { z } from 'zod'
import { define } from '../../../pipeline/component.ts'
import { errorText } from '../../../pipeline/errors.ts'
import { type CodePlace, readHead, writeCodePlaces, writeCommit, writeHead } from '../../../store/code/changes.ts'
import { startJobs } from '../../../store/jobs/index.ts'
import { readSystemMap } from '../system-map-file.ts'
import { commitsOf, diffOf, GitError, type GitLimits, resolveRef } from './git.ts'

const repository = z.strictObject({
  folder: z.string().min(1).describe('Of a clone, kept up to date by whoever made it.'),
  ref: z.string().default('HEAD').describe('The branch that is deployed from.'),
})

export const code = define({
  kind: 'receiver',
  type: 'code',
  summary:
    'Reads what commits changed from clones of your repositories into code_changes, so that a failure is put beside the lines that changed. Emits nothing.',
  signals: ['logs'],
  config: z.strictObject({
    repositories: z
      .record(z.string().min(1), repository)
      .default({})
      .describe('By the name that `repo` of the system map gives them.'),
    system_map: z
      .string()
      .optional()
      .describe('config/system-map.yaml, or another file like it: where the code of a service is.'),
    interval_ms: z.int().min(100).max(3_600_000).default(30_000).describe('How often it looks for commits.'),
    commits_max: z
      .int()
      .min(1)
      .max(10_000)
      .default(200)
      .describe('Of a repository that is read for the first time, the newest so many.'),
    timeout_ms: z.int().min(100).max(60_000).default(10_000).describe('For one question to git.'),
    max_diff_bytes: z
      .int()
      .min(1_000)
      .max(100_000_000)
      .default(2_000_000)
      .describe('Of a larger diff only the files are kept.'),
  }),
  examples: [{}, { repositories: { 'shop/payment': { folder: '/srv/clones/payment', ref: 'main' } } }],
  create(settings, _next, context) {
    let jobs: { stop(): Promise<void> } | undefined
    return {
      async start() {
        const declared = settings.system_map ? await readSystemMap(settings.system_map) : {}
        const places = Object.entries(declared).flatMap(([service, { repo, file }]): CodePlace[] =>
          repo === undefined ? [] : [{ service, repository: repo, path: file ?? '' }],
        )
        const { database, logger, meter } = context
        jobs = startJobs({
          ...{ database, logger, meter },
          jobs: [
            {
              name: 'code',
              everyMs: settings.interval_ms,
              isLong: true,
              async run({ client, signal, isFirst }) {
                if (isFirst && places.length > 0) await writeCodePlaces(client, places)
                for (const [name, one] of Object.entries(settings.repositories)) {
                  if (!signal.aborted) await readRepository(client, name, one, settings, logger)
                }
              },
            },
          ],
        })
      },
      shutdown: async () => {
        await jobs?.stop()
      },
    }
  },
})

/** A clone that is missing or was rewritten is noted, and the others are read all the same. */
export async function readRepository(
  client: pg.ClientBase,
  name: string,
  { folder, ref }: z.output<typeof repository>,
  limits: { readonly commits_max: number; readonly timeout_ms: number; readonly max_diff_bytes: number },
  logger: Pick<Logger, 'warn'>,
): Promise<void> {
  const git: GitLimits = { timeoutMs: limits.timeout_ms, maxBytes: limits.max_diff_bytes }
  try {
    const head = await resolveRef(folder, ref, git)
    const known = await readHead(client, name)
    if (head === known) return
    const notes: string[] = []
    const commits = await commitsOf(folder, head, known, limits.commits_max, git).catch((error: unknown) => {
      if (!(error instanceof GitError) || known === undefined) throw error
      notes.push('its history was rewritten: what was known of it may be of commits that are gone')
      return commitsOf(folder, head, undefined, limits.commits_max, git)
    })
    for (const commit of commits.toReversed()) {
      const { files, cut } = await diffOf(folder, commit, git)
      if (cut !== undefined) notes.push(`the diff of ${commit.id.slice(0, 12)} ${cut}`)
      const { id, at, author, title } = commit
      await writeCommit(client, { repository: name, commit: id, at, author, title, isCut: cut !== undefined, files })
    }
    await writeHead(client, name, head, notes.length === 0 ? undefined : notes.join('; ').slice(0, 1_000))
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    const note = `${name} cannot be read from ${folder}: ${errorText(error)}`
    logger.warn(note)
    await writeHead(client, name, undefined, note.slice(0, 1_000))
  }
}
