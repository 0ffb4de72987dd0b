import { NUM, PUNCTUATION, WORD } from './kinds.ts'
import { kindBack, tokens } from './tokens.ts'

const BEFORE_CODE = new Set('code error errno err exception sqlstate warning fault abend'.split(' '))
const BETWEEN_EXIT_AND_CODE = new Set('code status with value'.split(' '))
/** `exit code: `, `exited with status = `: as far as one looks back. */
const MAX_LOOK_BACK = 4

/** True where what comes next is an error's code: behind a word that says so, or at the head of the message. */
export function isCodePlace(text: string): boolean {
  if (tokens.length === 0) return true
  const back = kindBack(1) === PUNCTUATION ? 2 : 1
  return kindBack(back) === WORD && BEFORE_CODE.has(wordBack(text, back))
}

/** True where the number that comes next is what a process ended with: 0 is another event than 137. */
export function isExitPlace(text: string): boolean {
  const before = kindBack(1)
  if (before !== WORD && before !== PUNCTUATION) return false
  for (let back = 1; back <= MAX_LOOK_BACK; back++) {
    const kind = kindBack(back)
    if (kind === PUNCTUATION) {
      if (back > 1) return false
      continue
    }
    if (kind !== WORD) return false
    const start = tokens.starts[tokens.length - back]!
    if ((text.charCodeAt(start) | 0x20) === 0x65) {
      const word = wordBack(text, back)
      return word === 'exit' || word === 'exited' || word.startsWith('exitcode') || word.startsWith('exit_')
    }
    if (!BETWEEN_EXIT_AND_CODE.has(wordBack(text, back))) return false
  }
  return false
}

/** True for the place of a log call in its source, `server.go:42] `: what comes behind it is the message. */
export function isBehindSourcePlace(text: string): boolean {
  const last = tokens.length - 1
  return kindBack(1) === PUNCTUATION && text.charCodeAt(tokens.starts[last]!) === 0x5d && kindBack(2) === NUM
}

function wordBack(text: string, back: number): string {
  const index = tokens.length - back
  const [start, end] = [tokens.starts[index]!, tokens.ends[index]!]
  return end - start > 12 ? '' : text.slice(start, end).toLowerCase()
}
