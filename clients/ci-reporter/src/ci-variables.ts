import { readFileSync } from 'node:fs'

export type Variables = Readonly<Record<string, string | undefined>>

/** What a CI tells by its variables. */
export interface Ci {
  /** As in the column `ci_provider`; `local` where there is no CI. */
  readonly provider: string
  /** Of the job: the same for each report of one attempt. It has no attempt in it yet. */
  readonly jobId?: string | undefined
  /** Set where `jobId` is another one for each attempt already. */
  readonly isIdOfAttempt?: boolean
  readonly repository?: string | undefined
  readonly branch?: string | undefined
  readonly commit?: string | undefined
  readonly attempt?: number | undefined
  /** Where a person reads more of it. */
  readonly url?: string | undefined
}

export function ciOf(variables: Variables): Ci {
  const of = (...names: string[]) => names.map(name => variables[name]?.trim()).find(Boolean)
  if (of('GITHUB_ACTIONS') !== undefined) return githubOf(of)
  if (of('GITLAB_CI') !== undefined) {
    return {
      provider: 'gitlab_ci',
      // A retried job of GitLab has a new id.
      jobId: `gitlab/${of('CI_PROJECT_PATH') ?? ''}/${of('CI_JOB_ID') ?? 'unknown'}`,
      isIdOfAttempt: true,
      repository: of('CI_PROJECT_PATH'),
      branch: of('CI_MERGE_REQUEST_SOURCE_BRANCH_NAME', 'CI_COMMIT_REF_NAME'),
      commit: of('CI_COMMIT_SHA'),
      url: of('CI_JOB_URL'),
    }
  }
  const ci = of('CI')
  if (ci === undefined || ci === 'false' || ci === '0') return { provider: 'local' }
  // Names that Jenkins, CircleCI, Buildkite, Travis and Bitbucket share or own.
  const id = of('CI_RUN_ID', 'CIRCLE_WORKFLOW_JOB_ID', 'BUILDKITE_JOB_ID', 'TRAVIS_JOB_ID', 'BUILD_TAG', 'BUILD_ID')
  return {
    provider: 'ci',
    jobId: id === undefined ? undefined : `ci/${of('JOB_NAME') ?? 'job'}/${id}`,
    branch: of('CI_BRANCH', 'BRANCH_NAME', 'CIRCLE_BRANCH', 'BUILDKITE_BRANCH', 'TRAVIS_BRANCH', 'BITBUCKET_BRANCH'),
    commit: of('CI_COMMIT', 'GIT_COMMIT', 'CIRCLE_SHA1', 'BUILDKITE_COMMIT', 'TRAVIS_COMMIT', 'BITBUCKET_COMMIT'),
    url: of('BUILD_URL', 'CIRCLE_BUILD_URL', 'BUILDKITE_BUILD_URL'),
  }
}

/** The jobs of a matrix share GITHUB_JOB: the action adds which of them it is. */
function githubOf(of: (...names: string[]) => string | undefined): Ci {
  const run = of('GITHUB_RUN_ID') ?? 'unknown'
  const leg = of('SENSORIUM_CI_JOB_INDEX')
  const repository = of('GITHUB_REPOSITORY')
  const url = of('GITHUB_SERVER_URL')
  return {
    provider: 'github_actions',
    jobId: `github/${run}/${of('GITHUB_JOB') ?? 'job'}${leg === undefined || leg === '0' ? '' : `.${leg}`}`,
    repository,
    branch: of('GITHUB_HEAD_REF', 'GITHUB_REF_NAME'),
    commit: headOfPullRequest(of('GITHUB_EVENT_PATH')) ?? of('GITHUB_SHA'),
    attempt: attemptOf(of('GITHUB_RUN_ATTEMPT')),
    url: url && repository ? `${url}/${repository}/actions/runs/${run}` : undefined,
  }
}

/**
 * For a pull request GITHUB_SHA is a merge that exists nowhere else: by it, a run in CI and one on a laptop would never
 * be of the same commit.
 */
function headOfPullRequest(eventFile: string | undefined): string | undefined {
  if (eventFile === undefined) return undefined
  try {
    // GitHub's own file; a shape that is not expected ends in the catch or in undefined.
    const event = JSON.parse(readFileSync(eventFile, 'utf8')) as { pull_request?: { head?: { sha?: unknown } } }
    const sha = event.pull_request?.head?.sha
    return typeof sha === 'string' && /^[0-9a-f]{40,64}$/.test(sha) ? sha : undefined
  } catch {
    return undefined
  }
}

/** Sensorium takes attempts up to this one. */
export const MAX_ATTEMPT = 1_000

function attemptOf(text: string | undefined): number | undefined {
  const attempt = Number(text)
  return Number.isInteger(attempt) && attempt >= 1 && attempt <= MAX_ATTEMPT ? attempt : undefined
}
