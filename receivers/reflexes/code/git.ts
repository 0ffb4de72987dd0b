import { execFile } from 'node:child_process'
import { type FileChange, readDiff } from '../../../analysis/code/diff.ts'

export interface Commit {
  readonly id: string
  readonly at: Date
  readonly author: string
  readonly title: string
}

/** What a clone could not be asked, in a sentence for people. */
export class GitError extends Error {
  override readonly name = 'GitError'
}

export interface GitLimits {
  readonly timeoutMs: number
  /** Of one answer of git; a larger diff is told without its hunks. */
  readonly maxBytes: number
}

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/
/** Names of branches, tags and commits, and nothing that git could take for an option or a range. */
const REF = /^(?!-)(?!.*\.\.)[\w./@+-]{1,200}$/
const FIELD = '\x1f'
/** Neither programs that a repository's own configuration names, nor its hooks, are run. */
const SAFE = ['--no-pager', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '--no-optional-locks']
const DIFF = ['--no-color', '--no-ext-diff', '--no-textconv', '--find-renames']

/** The commit that a name stands for. @throws GitError */
export async function resolveRef(folder: string, ref: string, limits: GitLimits): Promise<string> {
  if (!REF.test(ref)) throw new GitError(`${JSON.stringify(ref)} is no name of a commit`)
  const id = (
    await git(folder, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], limits)
  ).trim()
  if (!COMMIT.test(id)) throw new GitError(`${ref} is no commit`)
  return id
}

/** Commits up to `head`, the newest first, those after `since` where that is still among them. @throws GitError */
export async function commitsOf(
  folder: string,
  head: string,
  since: string | undefined,
  most: number,
  limits: GitLimits,
): Promise<Commit[]> {
  if (!COMMIT.test(head) || (since !== undefined && !COMMIT.test(since))) throw new GitError('no commit')
  const range = since === undefined ? [head] : [head, `^${since}`]
  const format = `--format=%H${FIELD}%cI${FIELD}%an${FIELD}%s`
  const text = await git(folder, ['log', '--no-color', format, `--max-count=${most}`, ...range, '--'], limits)
  return text
    .split('\n')
    .filter(Boolean)
    .map(line => {
      const [id = '', at = '', author = '', title = ''] = line.split(FIELD)
      return { id, at: new Date(at), author, title }
    })
}

export interface Diff {
  readonly files: readonly FileChange[]
  /** Why its files are told without their hunks, or not even they; undefined where all is told. */
  readonly cut: string | undefined
}

/** What a commit changed. @throws GitError */
export async function diffOf(folder: string, { id }: Commit, limits: GitLimits): Promise<Diff> {
  if (!COMMIT.test(id)) throw new GitError('no commit')
  try {
    const text = await git(folder, ['show', '--format=', '--unified=0', ...DIFF, id, '--'], limits)
    return { files: readDiff(text), cut: undefined }
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    return filesOf(folder, id, limits, error.message)
  }
}

/** Counts are a line a file; of a commit of very many files not even they are read. */
async function filesOf(folder: string, id: string, limits: GitLimits, why: string): Promise<Diff> {
  try {
    const text = await git(folder, ['show', '--format=', '--numstat', ...DIFF, id, '--'], limits)
    return { files: text.split('\n').flatMap(countsOf), cut: `${why}: only its files are known` }
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    return { files: [], cut: `${why}, and so has the list of its files: nothing of it is known` }
  }
}

function countsOf(line: string): FileChange[] {
  const [, added, removed, path] = /^(\d+|-)\t(\d+|-)\t(.+)$/.exec(line) ?? []
  if (path === undefined) return []
  return [{ path, added: Number(added) || 0, removed: Number(removed) || 0, hunks: [] }]
}

/** More than is read, or not in time; the message follows "the diff". */
class TooLarge extends GitError {}

/** Runs git without a shell: arguments stay arguments. */
function git(folder: string, args: readonly string[], { timeoutMs, maxBytes }: GitLimits): Promise<string> {
  const options = { timeout: timeoutMs, maxBuffer: maxBytes, killSignal: 'SIGKILL', windowsHide: true } as const
  return new Promise((resolve, reject) => {
    execFile('git', [...SAFE, '-C', folder, ...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
        return reject(new TooLarge(`has more than ${maxBytes.toLocaleString('en')} bytes`))
      if (error.killed === true) return reject(new TooLarge(`has not come within ${timeoutMs} ms`))
      const why = error.code === 'ENOENT' ? 'git is not installed' : (stderr.trim().split('\n')[0] ?? error.message)
      reject(new GitError(why === '' ? 'git has no such commit' : why, { cause: error }))
    })
  })
}
