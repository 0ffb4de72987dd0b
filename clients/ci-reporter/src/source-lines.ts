import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import type { LintFailure } from './parsed.ts'

interface Files {
  readonly test_name?: string | undefined
  readonly file_path?: string | undefined
  readonly test_file?: string | undefined
}

/**
 * Rewrites the paths of a row as the repository has them, so that they are the same on every machine. `folder` is where
 * the tools ran, `root` the top of the repository; what is outside of it stays as it is.
 */
export function relativePaths(folder: string, root: string) {
  const shorten = (file: string | undefined): string | undefined => {
    if (file === undefined) return undefined
    // A relative path may be any name (a Go package, a class): it is one of ours where there is such a file.
    const isRelative = !path.isAbsolute(file)
    if (isRelative && (folder === root || !existsSync(path.join(folder, file)))) return file
    const relative = path.relative(root, isRelative ? path.join(folder, file) : file)
    return relative.startsWith('..') ? file : relative.split(path.sep).join('/')
  }
  return <T extends Files>(row: T): T => {
    const { file_path, test_file, test_name } = row
    return {
      ...row,
      ...(file_path === undefined ? {} : { file_path: shorten(file_path) }),
      ...(test_file === undefined ? {} : { test_file: shorten(test_file) }),
      // A file that does not load is a test of the file's name.
      ...(test_name === undefined || test_name !== test_file ? {} : { test_name: shorten(test_file) }),
    }
  }
}

/** No source file that a person wrote is larger. */
const MAX_FILE_BYTES = 4 * 1024 * 1024

/**
 * Adds the line of code to lint rows whose file is in an allow-listed folder, at any depth: `src` allows `src/a.ts` and
 * `packages/x/src/a.ts`. What is elsewhere, or only linked to from there, may be none of ours to show.
 */
export function sourceLines(root: string, folders: readonly string[]) {
  const read = new Map<string, readonly string[]>()
  const isListed = (file: string) => {
    const parts = file.split('/')
    return !path.isAbsolute(file) && !parts.includes('..') && folders.some(name => parts.slice(0, -1).includes(name))
  }
  const linesOf = (file: string): readonly string[] => {
    try {
      const real = realpathSync(path.join(root, file))
      const isOurs = isListed(path.relative(realpathSync(root), real).split(path.sep).join('/'))
      return isOurs && statSync(real).size <= MAX_FILE_BYTES ? readFileSync(real, 'utf8').split(/\r?\n/) : []
    } catch {
      return []
    }
  }
  return (row: LintFailure): LintFailure => {
    const { file_path: file, line_number: line } = row
    if (line === undefined || !isListed(file)) return row
    const lines = read.get(file) ?? linesOf(file)
    read.set(file, lines)
    const source = lines[line - 1]
    return source === undefined ? row : { ...row, source }
  }
}
