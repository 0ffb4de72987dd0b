import type pg from 'pg'
import { z } from 'zod'
import { define } from '../../../pipeline/component.ts'
import { secret } from '../../../pipeline/config/secret.ts'
import { type CodePlace, writeCodePlaces } from '../../../store/code/changes.ts'
import { knownAnswers } from '../../../store/code/known-answers.ts'
import { startJobs } from '../../../store/jobs/index.ts'
import { readSystemMap } from '../system-map-file.ts'
import { gitSource } from './git.ts'
import { gitHubClient } from './github/client.ts'
import { gitHubSource } from './github/index.ts'
import { readRanges, readRepository } from './read.ts'
import type { CodeSource } from './source.ts'

const repository = z
  .strictObject({
    folder: z.string().min(1).optional().describe('Of a clone, kept up to date by whoever made it.'),
    github: z
      .string()
      .regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, 'write owner/name')
      .optional()
      .describe('In its place: owner/name at GitHub.'),
    ref: z.string().default('HEAD').describe('The branch that is deployed from.'),
  })
  .refine(({ folder, github }) => (folder === undefined) !== (github === undefined), 'give folder or github')

export const code = define({
  kind: 'receiver',
  type: 'code',
  summary:
    'Reads what commits changed, from clones of your repositories or from GitHub, into code_changes, so that a failure is put beside the lines that changed. Emits nothing.',
  signals: ['logs'],
  config: z.strictObject({
    repositories: z
      .record(z.string().min(1), repository)
      .default({})
      .describe('By the name that `repo` of the system map gives them.'),
    github: z
      .strictObject({
        token: secret(z.string())
          .default('')
          .describe('That may read the contents of the repositories, and nothing else.'),
        api_url: z
          .url({ protocol: /^https?$/ })
          .default('https://api.github.com')
          .describe('Of GitHub Enterprise: https://HOST/api/v3'),
      })
      .prefault({}),
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
    timeout_ms: z.int().min(100).max(60_000).default(10_000).describe('For one question to git or GitHub.'),
    max_diff_bytes: z
      .int()
      .min(1_000)
      .max(100_000_000)
      .default(2_000_000)
      .describe('Of a larger diff only the files are kept.'),
  }),
  examples: [
    {},
    { repositories: { 'shop/payment': { folder: '/srv/clones/payment', ref: 'main' } } },
    {
      github: { token: 'github_pat_token' },
      repositories: { 'shop/payment': { github: 'shop/payment', ref: 'main' } },
    },
  ],
  create(settings, _next, context) {
    let jobs: { stop(): Promise<void> } | undefined
    const limits = { timeoutMs: settings.timeout_ms, maxBytes: settings.max_diff_bytes }
    const pause = { until: 0 }
    /** A connection may be another one at the next turn; how long GitHub wants to be left alone is not. */
    const sources = (client: pg.ClientBase, signal: AbortSignal) => {
      const github = gitHubClient(settings.github, settings, knownAnswers(client), pause, signal)
      return ({ folder, github: name }: z.output<typeof repository>): CodeSource =>
        folder === undefined ? gitHubSource(github, name ?? '') : gitSource(folder, limits)
    }
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
                const sourceOf = sources(client, signal)
                for (const [name, one] of Object.entries(settings.repositories)) {
                  if (signal.aborted) return
                  const source = sourceOf(one)
                  await readRepository(client, name, source, one.ref, settings, logger)
                  await readRanges(client, name, source, settings, signal)
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
