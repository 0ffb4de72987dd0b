import { execFile } from 'node:child_process'
import { type FileChange, readDiff } from '../../../analysis/code/diff.ts'
import { COMMIT, CodeError, type CodeSource, CodeTooLarge, type Diff, mustBeCommit, REF } from './source.ts'

export interface GitLimits {
  readonly timeoutMs: number
  /** Of one answer of git; a larger diff is told without its hunks. */
  readonly maxBytes: number
}

const FIELD = '\x1f'
/** Neither programs that a repository's own configuration names, nor its hooks, are run. */
const SAFE = ['--no-pager', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '--no-optional-locks']
const DIFF = ['--no-color', '--no-ext-diff', '--no-textconv', '--find-renames']

/** A clone on this machine. */
export function gitSource(folder: string, limits: GitLimits): CodeSource {
  const ask = (...args: readonly string[]) => git(folder, args, limits)
  return {
    where: folder,
    async resolve(ref) {
      if (!REF.test(ref)) throw new CodeError(`${JSON.stringify(ref)} is no name of a commit`)
      const id = (await ask('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`)).trim()
      if (!COMMIT.test(id)) throw new CodeError(`${ref} is no commit`)
      return id
    },
    async commits(head, since, most) {
      mustBeCommit(head, since)
      const range = since === undefined ? [head] : [head, `^${since}`]
      const format = `--format=%H${FIELD}%cI${FIELD}%an${FIELD}%s`
      const text = await ask('log', '--no-color', format, `--max-count=${most}`, ...range, '--')
      return text
        .split('\n')
        .filter(Boolean)
        .map(line => {
          const [id = '', at = '', author = '', title = ''] = line.split(FIELD)
          return { id, at: new Date(at), author, title }
        })
    },
    async diff({ id }) {
      mustBeCommit(id)
      try {
        return { files: readDiff(await ask('show', '--format=', '--unified=0', ...DIFF, id, '--')), cut: undefined }
      } catch (error) {
        if (!(error instanceof CodeTooLarge)) throw error
        return filesOf(ask, id, error.message)
      }
    },
  }
}

/** Counts are a line a file; of a commit of very many files not even they are read. */
async function filesOf(ask: (...args: readonly string[]) => Promise<string>, id: string, why: string): Promise<Diff> {
  try {
    const text = await ask('show', '--format=', '--numstat', ...DIFF, id, '--')
    return { files: text.split('\n').flatMap(countsOf), cut: `${why}: only its files are known` }
  } catch (error) {
    if (!(error instanceof CodeTooLarge)) throw error
    return { files: [], cut: `${why}, and so has the list of its files: nothing of it is known` }
  }
}

function countsOf(line: string): FileChange[] {
  const [, added, removed, path] = /^(\d+|-)\t(\d+|-)\t(.+)$/.exec(line) ?? []
  if (path === undefined) return []
  return [{ path, added: Number(added) || 0, removed: Number(removed) || 0, hunks: [] }]
}

/** Runs git without a shell: arguments stay arguments. */
function git(folder: string, args: readonly string[], { timeoutMs, maxBytes }: GitLimits): Promise<string> {
  const options = { timeout: timeoutMs, maxBuffer: maxBytes, killSignal: 'SIGKILL', windowsHide: true } as const
  return new Promise((resolve, reject) => {
    execFile('git', [...SAFE, '-C', folder, ...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
        return reject(new CodeTooLarge(`has more than ${maxBytes.toLocaleString('en')} bytes`))
      if (error.killed === true) return reject(new CodeTooLarge(`has not come within ${timeoutMs} ms`))
      const why = error.code === 'ENOENT' ? 'git is not installed' : (stderr.trim().split('\n')[0] ?? error.message)
      reject(new CodeError(why === '' ? 'git has no such commit' : why, { cause: error }))
    })
  })
}
