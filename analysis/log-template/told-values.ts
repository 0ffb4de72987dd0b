import { classAt, isLower, isUpper, SPACE } from './characters.ts'
import { HEX, HOST, ID, IP, PUNCTUATION, USER, VALUE, WORD } from './kinds.ts'
import { isNoUserName, isWellKnownAccount } from './meanings.ts'
import { foldLast, isMarkBack, kindBack, tokens } from './tokens.ts'

/*
 * Values that what stands around them gives away, though they look like words: the command that sudo runs, who came from
 * an address, the constant that says a code again, a package before its architecture, a disk.
 */

const DASH = 0x2d
const COLON = 0x3a
const SLASH = 0x2f
const EQUALS = 0x3d
const SEMICOLON = 0x3b
const OPEN_PARENTHESIS = 0x28
const CLOSE_PARENTHESIS = 0x29
const OPEN_BRACKET = 0x5b
const LOWER_D = 0x64

/** True where the command starts that sudo tells to the end of the line, `COMMAND=/bin/ls -l`. */
export function isCommand(text: string): boolean {
  return isMarkBack(text, 1, EQUALS) && isWordBack(text, 2, 'COMMAND')
}

/** How far a value goes on that is glued together: `basket-0_shop(77ab)`, `service:api`. `at` where a key follows. */
export function gluedEnd(text: string, at: number, limit: number): number {
  let end = at
  let depth = 0
  for (; end < limit; end++) {
    const code = text.charCodeAt(end)
    if (classAt(text, end) === SPACE || ENDS_VALUE.has(code)) break
    if (code === EQUALS || code === OPEN_BRACKET || code === 0x7b) return at
    if (code === OPEN_PARENTHESIS) depth++
    else if (code === CLOSE_PARENTHESIS && --depth < 0) break
  }
  while (end > at && text.charCodeAt(end - 1) === COLON) end--
  return end
}

/** Quotation marks, a backslash, comma, semicolon, bar, closing brackets, `&`. */
const ENDS_VALUE = new Set([0x22, 0x27, 0x60, 0x5c, 0x2c, SEMICOLON, 0x7c, 0x5d, 0x7d, 0x26])

/** `0x80070490 - ERROR_NOT_FOUND`: a code, and its name. Success keeps its name. */
export function foldCodeName(text: string, start: number, end: number): void {
  if (!isMarkBack(text, 2, DASH) || kindBack(3) !== HEX || text.indexOf('_', start) < 0) return
  const name = text.slice(start, end)
  if (CODE_NAME.test(name) && !SUCCESS.test(name)) foldLast(3, HEX, end)
}

const CODE_NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/
const SUCCESS = /(?:^|_)(?:OK|SUCCESS|COMPLETE)$/

/** `libssl3:amd64`: a package, and what it is built for. The architecture is the last token. */
export function foldPackage(text: string): void {
  const last = tokens.length - 1
  if (last < 2 || tokens.spaced[last] === 1 || !isMarkBack(text, 2, COLON) || tokens.spaced[last - 1] === 1) return
  if (!ARCHITECTURES.has(text.slice(tokens.starts[last]!, tokens.ends[last]!))) return
  let first = last - 2
  while (first > 0 && tokens.spaced[first] === 0 && tokens.kinds[first] !== PUNCTUATION) first--
  if (tokens.kinds[first] !== PUNCTUATION) foldLast(tokens.length - first, VALUE, tokens.ends[last]!)
}

const ARCHITECTURES = new Set('amd64 arm64 armhf armel i386 noarch x86_64 aarch64 ppc64el s390x riscv64'.split(' '))

/** `dev sdb`: a disk has a letter for its number. The name is the last token. */
export function foldDisk(text: string, start: number, end: number): void {
  if (end - start > 5 || (text.charCodeAt(start + 1) !== LOWER_D && text.charCodeAt(start + 2) !== LOWER_D)) return
  if (kindBack(2) !== WORD || !DISK.test(text.slice(start, end))) return
  const before = tokens.length - 2
  if (BEFORE_DISK.has(text.slice(tokens.starts[before], tokens.ends[before]).toLowerCase())) foldLast(1, ID, end)
}

const DISK = /^(?:sd|hd|vd|xvd)[a-z]{1,2}$/
const BEFORE_DISK = new Set('dev device disk drive volume on'.split(' '))

/** `pam_unix(sshd:session)`: who asks a module for what. The closing parenthesis is the last token. */
export function foldModule(text: string): void {
  const last = tokens.length - 1
  if (last < 5 || kindBack(2) !== WORD || kindBack(4) !== WORD || kindBack(6) !== WORD) return
  if (!isMarkBack(text, 3, COLON) || !isMarkBack(text, 5, OPEN_PARENTHESIS)) return
  for (let back = 0; back < 5; back++) if (tokens.spaced[last - back] === 1) return
  tokens.kinds[last - 3] = VALUE
}

/** `for deploy from 10.0.0.9`, `from unknown[10.0.0.9]`, `ana/10.0.0.9`: the address that was just pushed tells who stands before it. */
export function foldBeforeAddress(text: string): void {
  const length = tokens.length
  if (isMarkBack(text, 2, OPEN_BRACKET) && tokens.spaced[length - 2] === 0) {
    if (isWordBack(text, 3, 'unknown') || isWordBack(text, 3, 'localhost')) tokens.kinds[length - 3] = HOST
    return
  }
  if (
    isMarkBack(text, 2, SLASH) &&
    kindBack(3) === WORD &&
    tokens.spaced[length - 1] === 0 &&
    tokens.spaced[length - 2] === 0
  ) {
    const [start, end] = [tokens.starts[length - 3]!, tokens.ends[length - 3]!]
    if (isLower(classAt(text, start)) && end - start > 1) foldLast(3, IP, tokens.ends[length - 1]!)
    return
  }
  if (!isWordBack(text, 2, 'from') || !isWordBack(text, 4, 'for') || kindBack(3) !== WORD) return
  const [start, end] = [tokens.starts[length - 3]!, tokens.ends[length - 3]!]
  if (isUpper(classAt(text, start)) || isWellKnownAccount(text, start, end) || isNoUserName(text, start, end)) return
  tokens.kinds[length - 3] = USER
}

function isWordBack(text: string, back: number, word: string): boolean {
  if (kindBack(back) !== WORD) return false
  const start = tokens.starts[tokens.length - back]!
  return tokens.ends[tokens.length - back]! - start === word.length && text.startsWith(word, start)
}
