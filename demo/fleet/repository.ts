import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { DemoError } from '../errors.ts'
import { manifestsOf } from './edits.ts'
import type { Edit } from './kinds.ts'

const run = promisify(execFile)
/** Git has no other way to be told when a commit is made; and nothing of a repository that the demo was started in. */
const NOT_OURS = ['-u', 'GIT_DIR', '-u', 'GIT_WORK_TREE', '-u', 'GIT_INDEX_FILE']
/** The folder is ours to empty where it has this file. */
const MARK = '.sensorium-demo'
/** What `system-map.yaml` calls it. */
export const REPOSITORY = 'ev/fleet'

export interface Commit {
  readonly id: string
  readonly edit: Edit
}

/** The code of the fleet, in a real git repository, and its releases beside it. */
export interface Repository {
  readonly first: string
  commit(edit: Edit, at: Date): Promise<Commit>
  /** The modules of a commit: what a build of it runs. */
  release(commit: string): Promise<Release>
}

export interface Release {
  load(file: string): Promise<Readonly<Record<string, unknown>>>
  /** Stacks name files as a container has them, wherever this machine has the release. */
  readonly root: string
}

/**
 * Makes the repository anew, with its first commit.
 *
 * @throws DemoError where the folder holds something else, or git is not installed
 */
export async function createRepository(given: string, at: Date): Promise<Repository> {
  // git reads paths from the clone.
  const folder = path.resolve(given)
  await makeRoom(folder)
  const clone = path.join(folder, 'fleet')
  const releases = path.join(folder, 'releases')
  await cp(path.join(import.meta.dirname, 'source'), clone, { recursive: true })
  for (const [file, text] of manifestsOf()) await writeFile(path.join(clone, file), text)
  await writeFile(path.join(clone, 'package.json'), '{ "type": "module" }\n')

  const git = async (author: string, date: Date, ...args: string[]): Promise<string> => {
    const email = `${author.toLowerCase()}@ev.example`
    const who = ['-c', `user.name=${author}`, '-c', `user.email=${email}`, '-c', 'commit.gpgsign=false']
    const safe = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.autocrlf=false', '-C', clone]
    const dates = [`GIT_AUTHOR_DATE=${date.toISOString()}`, `GIT_COMMITTER_DATE=${date.toISOString()}`]
    try {
      return (await run('env', [...NOT_OURS, ...dates, 'git', ...who, ...safe, ...args])).stdout.trim()
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new DemoError('usage', `--world ev makes a git repository in ${folder}, and git failed: ${why}`, { cause })
    }
  }
  const keep = async (author: string, title: string, date: Date): Promise<string> => {
    await git(author, date, 'add', '--all')
    await git(author, date, 'commit', '--quiet', '--message', title)
    return git(author, date, 'rev-parse', 'HEAD')
  }
  await git('Lena', at, 'init', '--quiet', '--initial-branch', 'main')
  const built = new Map<string, Promise<Release>>()
  const build = async (commit: string): Promise<Release> => {
    const root = path.join(releases, commit.slice(0, 12))
    await git('Lena', at, 'worktree', 'add', '--quiet', '--detach', root, commit)
    return { root, load: file => import(pathToFileURL(path.join(root, file)).href) }
  }
  const first = await keep('Lena', 'Five services of a charging fleet', at)
  return {
    first,
    async commit(edit, date) {
      const file = path.join(clone, edit.file)
      const text = await readFile(file, 'utf8')
      if (!text.includes(edit.from)) throw new Error(`${edit.file} has no ${edit.from}`)
      await writeFile(
        file,
        text.replace(edit.from, () => edit.to),
      )
      return { id: await keep(edit.author, edit.title, date), edit }
    },
    release(commit) {
      const known = built.get(commit) ?? build(commit)
      built.set(commit, known)
      return known
    },
  }
}

async function makeRoom(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const there = await readdir(folder)
  if (there.length > 0 && !there.includes(MARK)) {
    throw new DemoError('usage', `--repository ${folder}: holds something else; name a folder that is new or empty`)
  }
  for (const name of there) await rm(path.join(folder, name), { recursive: true, force: true })
  await writeFile(path.join(folder, MARK), 'made by sensorium demo --world ev, and emptied by it\n')
}
