import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { ciOf, type Variables } from './ci-variables.ts'

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
  /** SHA-256 of the lockfile, in hex. */
  readonly lockfile_hash?: string | undefined
  readonly attempt: number
  readonly ci_provider: string
}

export interface RunChoices {
  readonly runId?: string | undefined
  readonly attempt?: number | undefined
}

const LOCKFILES: readonly (readonly [string, string])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
]

/** As wide as the columns of Sensorium. */
const MAX_ID_CHARS = 255
const MAX_SHA_CHARS = 64

/** Asks the CI's variables first and git second. Never throws: what nobody knows is `unknown`. */
export function collectEnvironment(folder: string, variables: Variables, choices: RunChoices = {}): RunEnvironment {
  const ci = ciOf(variables)
  const root = repositoryRoot(folder)
  const lockfile = lockfileOf(folder, root)
  const manager = managerOf(variables, root, lockfile?.manager)
  const attempt = choices.attempt ?? ci.attempt ?? 1
  const clip = (text: string) => text.slice(0, MAX_ID_CHARS)
  return {
    run_id: clip(choices.runId ?? runIdOf(ci, attempt)),
    repository: clip(ci.repository ?? repositoryOf(git(folder, 'remote', 'get-url', 'origin')) ?? path.basename(root)),
    branch: clip(ci.branch ?? known(git(folder, 'rev-parse', '--abbrev-ref', 'HEAD')) ?? 'unknown'),
    commit_sha: (ci.commit ?? known(git(folder, 'rev-parse', 'HEAD')) ?? 'unknown').slice(0, MAX_SHA_CHARS),
    source: ci.provider === 'local' ? 'local' : 'ci',
    node_version: process.version,
    package_manager: manager,
    pnpm_version: manager?.startsWith('pnpm ') ? manager.slice('pnpm '.length) : undefined,
    lockfile_hash: lockfile?.hash,
    attempt,
    ci_provider: ci.provider,
  }
}

/** The same for each report of one attempt of a CI's job; outside of CI, and in one that is unknown, a new one. */
function runIdOf(ci: ReturnType<typeof ciOf>, attempt: number): string {
  if (ci.jobId === undefined) return `${ci.provider}/${randomUUID()}`
  return ci.isIdOfAttempt && attempt === 1 ? ci.jobId : `${ci.jobId}/${attempt}`
}

/** The top of the git repository, or the folder itself where there is none. */
export function repositoryRoot(folder: string): string {
  return git(folder, 'rev-parse', '--show-toplevel') || path.resolve(folder)
}

/** `owner/name` of a remote, with GitLab's groups, without the host and whatever the URL holds of credentials. */
function repositoryOf(remote: string | undefined): string | undefined {
  const match = /^(?:\w+:\/\/[^/]+\/|[^/:]+:)(?!\/\/)\/?(.+?)(?:\.git)?\/?$/.exec(remote ?? '')
  return match?.[1]
}

function known(text: string | undefined): string | undefined {
  return text === undefined || text === '' || text === 'HEAD' ? undefined : text
}

/** The nearest one, from the folder up to the top of the repository: a workspace has its lockfile at the top. */
function lockfileOf(folder: string, root: string): { readonly manager: string; readonly hash: string } | undefined {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    for (const [name, manager] of LOCKFILES) {
      const file = path.join(at, name)
      if (!existsSync(file)) continue
      try {
        return { manager, hash: createHash('sha256').update(readFileSync(file)).digest('hex') }
      } catch {
        // Not ours to read: then there is none.
      }
    }
    if (at === root || at === path.dirname(at)) return undefined
  }
}

/**
 * The project's word (`packageManager` of package.json), else that of the one that runs this
 * (`npm/11.2.0 node/v24.21.0 linux x64`), unless it is `npx` in a project whose lockfile is another's.
 */
function managerOf(variables: Variables, root: string, byLockfile: string | undefined): string | undefined {
  const declared = /^([a-z]+)@(\d[\w.-]*)/.exec(declaredManager(root))
  if (declared !== null) return `${declared[1]} ${declared[2]}`
  const agent = /^(\w+)\/(\S+)/.exec(variables.npm_config_user_agent ?? '')
  if (agent === null || (byLockfile !== undefined && agent[1] !== byLockfile)) return byLockfile
  return `${agent[1]} ${agent[2]}`
}

function declaredManager(root: string): string {
  try {
    // A package.json of any shape: what is not a text is none.
    const { packageManager } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      packageManager?: unknown
    }
    return typeof packageManager === 'string' ? packageManager : ''
  } catch {
    return ''
  }
}

const GIT_TIMEOUT_MS = 5_000

function git(folder: string, ...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      timeout: GIT_TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return undefined
  }
}
