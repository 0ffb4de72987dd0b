import type { Hunk } from './diff.ts'

export interface ChangedFile {
  readonly repository: string
  readonly commit: string
  readonly title: string
  readonly author: string
  readonly committedAt: number
  readonly path: string
  readonly hunks: readonly (Omit<Hunk, 'isOnlySaid'> & { readonly isOnlySaid?: boolean })[]
}

/** Where something is thrown, and what it says. */
export interface Place {
  readonly file: string | undefined
  readonly function: string | undefined
  readonly line: number | undefined
  readonly message: string | undefined
}

export interface SuspectChange {
  readonly file: ChangedFile
  /** Whether it is the file that throws. */
  readonly isSame: boolean
  /** 0 to 1. */
  readonly score: number
  readonly because: string
}

const WORDS_SHARED_MIN = 2
const WORD_SHARE_MIN = 0.6

/**
 * Which of the changed files the failure most likely comes from: one that changed the line that throws, the function it
 * is in, what it says, or at least its file; of several as likely the latest. Nothing where none is near.
 */
export function suspectChange(place: Place, files: readonly ChangedFile[]): SuspectChange | undefined {
  return files
    .flatMap(file => near(place, file))
    .sort((a, b) => b.score - a.score || b.file.committedAt - a.file.committedAt)[0]
}

function near(place: Place, file: ChangedFile): SuspectChange[] {
  const isSame = isSameFile(place.file, file.path)
  const told = (score: number, because: string): SuspectChange[] => [{ file, isSame, score, because }]
  const { line, message } = place
  // Rows of before that was known say nothing of it: they count as what does something.
  const does = file.hunks.filter(({ isOnlySaid }) => isOnlySaid !== true)
  const name = place.function?.split('.').at(-1)
  if (isSame && line !== undefined && does.some(({ start, lines }) => line >= start && line < start + lines)) {
    return told(1, `it changed the line that throws (${file.path}:${line})`)
  }
  const says = file.hunks
    .flatMap(({ messages }) => messages)
    .find(said => message !== undefined && isSaid(said, message))
  if (says !== undefined) return told(0.9, `it added or changed what is said: "${says}"`)
  if (isSame && name !== undefined && name !== '' && does.some(hunk => hasWord(hunk.function, name))) {
    return told(0.8, `it changed ${name} in ${file.path}, which throws`)
  }
  if (!isSame) return []
  return does.length > 0 || file.hunks.length === 0
    ? told(0.5, `it changed ${file.path}, which throws`)
    : told(0.1, `it changed what ${file.path} logs, which throws`)
}

/** Stacks name files from wherever they were built: the end of the path is what both have. */
function isSameFile(stack: string | undefined, path: string): boolean {
  if (stack === undefined) return false
  const plain = stack.replace(/^file:\/\//, '').replaceAll('\\', '/')
  return plain === path || plain.endsWith(`/${path}`) || path.endsWith(`/${plain}`)
}

function hasWord(text: string, word: string): boolean {
  return text.split(/[^\p{L}\p{N}_$]+/u).includes(word)
}

/** Whether a message was written by a statement whose text has places to fill: most of its words, in any order. */
function isSaid(statement: string, message: string): boolean {
  const plain = statement.replaceAll(/\$\{[^}]*\}|%[sdifjoO]|\{[^}]*\}/g, ' ')
  const words = plain.match(/\p{L}{2,}/gu) ?? []
  if (words.length < WORDS_SHARED_MIN) return false
  const said = new Set(message.match(/\p{L}{2,}/gu) ?? [])
  return words.filter(word => said.has(word)).length >= Math.max(WORDS_SHARED_MIN, WORD_SHARE_MIN * words.length)
}
