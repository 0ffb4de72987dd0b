import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Where and of what a run is, in the words of `POST /ingest/ci`. */
export interface RunEnvironment {
  readonly run_id: string
  readonly repository: string
  readonly branch: string
  readonly commit_sha: string
  readonly source: 'local' | 'ci'
  readonly node_version: string
  readonly package_manager?: string | undefined
  readonly pnpm_version?: string | undefined
  readonly lockfile_hash?: string | undefined
  readonly attempt: number
  readonly ci_provider: string
}

type Variables = Readonly<Record<string, string | undefined>>

const LOCKFILES: readonly (readonly [string, string])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
]

const MAX_ID_CHARS = 255

/** Asks the CI's variables first and git second. Never throws: what nobody knows is `unknown`. */
export function collectEnvironment(folder: string, variables: Variables): RunEnvironment {
  const ci = ciOf(variables)
  const git = (...args: string[]) => run('git', args, folder)
  const lockfile = lockfileOf(folder)
  const manager = managerOf(variables, lockfile?.manager)
  const clip = (text: string) => text.slice(0, MAX_ID_CHARS)
  return {
    run_id: clip(ci.runId ?? `local/${randomUUID()}`),
    repository: clip(
      ci.repository ?? repositoryOf(git('remote', 'get-url', 'origin')) ?? path.basename(path.resolve(folder)),
    ),
    branch: clip(ci.branch ?? known(git('rev-parse', '--abbrev-ref', 'HEAD')) ?? 'unknown'),
    commit_sha: (ci.commit ?? known(git('rev-parse', 'HEAD')) ?? 'unknown').slice(0, 64),
    source: ci.provider === 'local' ? 'local' : 'ci',
    node_version: process.version,
    package_manager: manager,
    pnpm_version: manager?.startsWith('pnpm ') ? manager.slice('pnpm '.length) : undefined,
    lockfile_hash: lockfile?.hash,
    attempt: ci.attempt ?? 1,
    ci_provider: ci.provider,
  }
}

interface Ci {
  readonly provider: string
  readonly runId?: string | undefined
  readonly repository?: string | undefined
  readonly branch?: string | undefined
  readonly commit?: string | undefined
  readonly attempt?: number | undefined
}

/** The run's id is that of the job: the same for a report that is made twice in it, another for each attempt. */
function ciOf(variables: Variables): Ci {
  const of = (name: string) => variables[name]?.trim() || undefined
  if (of('GITHUB_ACTIONS') !== undefined) {
    const attempt = attemptOf(of('GITHUB_RUN_ATTEMPT'))
    return {
      provider: 'github_actions',
      runId: `github/${of('GITHUB_RUN_ID') ?? 'unknown'}/${of('GITHUB_JOB') ?? 'job'}/${attempt ?? 1}`,
      repository: of('GITHUB_REPOSITORY'),
      branch: of('GITHUB_HEAD_REF') ?? of('GITHUB_REF_NAME'),
      commit: of('GITHUB_SHA'),
      attempt,
    }
  }
  if (of('GITLAB_CI') !== undefined) {
    return {
      provider: 'gitlab_ci',
      // A retried job of GitLab has a new id.
      runId: `gitlab/${of('CI_JOB_ID') ?? 'unknown'}`,
      repository: of('CI_PROJECT_PATH'),
      branch: of('CI_COMMIT_REF_NAME'),
      commit: of('CI_COMMIT_SHA'),
    }
  }
  if (of('CI') !== undefined && of('CI') !== 'false') {
    return { provider: 'ci', branch: of('CI_BRANCH') ?? of('BRANCH_NAME'), commit: of('CI_COMMIT') ?? of('GIT_COMMIT') }
  }
  return { provider: 'local' }
}

function attemptOf(text: string | undefined): number | undefined {
  const attempt = Number(text)
  return Number.isInteger(attempt) && attempt >= 1 && attempt <= 1_000 ? attempt : undefined
}

/** `owner/name` of a remote's URL, without whatever it holds of credentials. */
function repositoryOf(url: string | undefined): string | undefined {
  const match = /[:/]([^/:]+\/[^/]+?)(?:\.git)?\/?$/.exec(url ?? '')
  return match?.[1]
}

function known(text: string | undefined): string | undefined {
  return text === undefined || text === '' || text === 'HEAD' ? undefined : text
}

function lockfileOf(folder: string): { readonly manager: string; readonly hash: string } | undefined {
  for (const [name, manager] of LOCKFILES) {
    const file = path.join(folder, name)
    if (!existsSync(file)) continue
    try {
      return { manager, hash: createHash('sha256').update(readFileSync(file)).digest('hex') }
    } catch {
      // Not ours to read: then there is none.
    }
  }
  return undefined
}

/** npm, pnpm, yarn and bun say who they are to what they run: `npm/11.2.0 node/v24.21.0 linux x64`. */
function managerOf(variables: Variables, byLockfile: string | undefined): string | undefined {
  const match = /^(\w+)\/(\S+)/.exec(variables.npm_config_user_agent ?? '')
  return match === null ? byLockfile : `${match[1]} ${match[2]}`
}

const GIT_TIMEOUT_MS = 5_000

function run(command: string, args: readonly string[], folder: string): string | undefined {
  try {
    return execFileSync(command, args, {
      cwd: folder,
      encoding: 'utf8',
      timeout: GIT_TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return undefined
  }
}
