/** A file that a commit changed. */
export interface FileChange {
  readonly path: string
  readonly added: number
  readonly removed: number
  readonly hunks: readonly Hunk[]
}

export interface Hunk {
  /** First line of the new file, and how many. 0 lines: only removed. */
  readonly start: number
  readonly lines: number
  /** The function that it lies in, as git names it; empty where it does not. */
  readonly function: string
  /** What log statements and errors say that it adds or changes. */
  readonly messages: readonly string[]
  /** All of its lines are log statements, comments or empty: nothing is done otherwise. */
  readonly isOnlySaid: boolean
}

/** A diff of a generated file has more; nobody reads them. */
const HUNKS_MAX = 200
const MESSAGES_MAX = 20
const FUNCTION_CHARS_MAX = 200
const HEADER = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)$/
/** What is said by a logger, or thrown. */
const SAYS =
  /(?:\b(?:log|logger|logging|console|slog|zap)\b[\w.]*\(|\b(?:Error|Exception)\(|\bthrow\b|\braise\b|\bpanic\().*?(["'`])((?:(?!\1).){4,300})\1/

/** A whole statement of a logger, a comment, or nothing. */
const ONLY_SAID =
  /^.\s*(?:$|\/\/|\/\*|\*(?:\s|\/|$)|#(?!include|if|define|\[)|--\s|(?:[\w$.]+\.)?(?:log|logger|logging|console|slog|zap)\b[\w.]*\(.*\)[;,]?\s*$)/i

type Growing = Omit<Hunk, 'lines' | 'messages' | 'isOnlySaid'> & {
  lines: number
  messages: string[]
  isOnlySaid: boolean
}

/** The hunks of one file, as GitHub's API gives them: without a header. */
export function readPatch(patch: string): readonly Hunk[] {
  return readDiff(`--- a/file\n+++ b/file\n${patch}`)[0]?.hunks ?? []
}

/** Reads a unified diff as git prints it, with or without lines around what was changed. What it does not understand it passes over. */
export function readDiff(text: string): FileChange[] {
  const files: { path: string; added: number; removed: number; hunks: Growing[] }[] = []
  let isInHunk = false
  /** The last hunk goes on with the next line that was changed. */
  let isOpen = false
  /** Of the new file. */
  let at = 0
  let within = ''
  let hunk: Growing | undefined
  let oldPath = ''
  for (const line of text.split('\n')) {
    const file = files.at(-1)
    if (line.startsWith('diff --git ')) {
      isInHunk = false
      continue
    }
    if (!isInHunk && line.startsWith('--- ')) oldPath = pathOf(line)
    else if (!isInHunk && line.startsWith('+++ ')) {
      const path = pathOf(line)
      files.push({ path: path === '/dev/null' ? oldPath : path, added: 0, removed: 0, hunks: [] })
    } else if (file !== undefined && line.startsWith('@@ ')) {
      const found = HEADER.exec(line)
      if (found === null) continue
      isInHunk = true
      isOpen = false
      at = Number(found[1])
      within = (found[2] ?? '').trim().slice(0, FUNCTION_CHARS_MAX)
    } else if (file !== undefined && isInHunk && /^[+-]/.test(line)) {
      // Lines around a change, where a diff has them, are no part of it.
      if (!isOpen) {
        hunk = { start: at, lines: 0, function: within, messages: [], isOnlySaid: true }
        if (file.hunks.length < HUNKS_MAX) file.hunks.push(hunk)
      }
      isOpen = true
      if (hunk !== undefined && !ONLY_SAID.test(line)) hunk.isOnlySaid = false
      if (line.startsWith('-')) {
        file.removed++
        continue
      }
      file.added++
      at++
      if (hunk === undefined) continue
      if (at > hunk.start) hunk.lines = at - hunk.start
      const said = SAYS.exec(line)?.[2]
      if (said !== undefined && hunk.messages.length < MESSAGES_MAX) hunk.messages.push(said)
    } else if (isInHunk && line.startsWith(' ')) {
      isOpen = false
      at++
    }
  }
  return files
}

/** `--- a/src/x.ts`, with a tab behind names with blanks. */
function pathOf(line: string): string {
  const path = line.slice(4).replace(/\t.*$/, '')
  return path === '/dev/null' ? path : path.replace(/^[ab]\//, '')
}
