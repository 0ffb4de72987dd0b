import { emailDomainEnd, ipv6End, macEnd, portOrMaskEnd, urlEnd } from './addresses.ts'
import { classAt, classOf, DIGIT, HARD, HEX_LOWER, isHex, LOWER, SPACE } from './characters.ts'
import { pushMasked } from './chunk-tokens.ts'
import { chunk, classify, isErrorName, MASKED, MIN_HEX_CHARS, readChunk } from './chunks.ts'
import { isExitPlace } from './codes.ts'
import { endsInUnit } from './file-names.ts'
import { foldComparison, foldNumber, foldTime, foldWord } from './folding.ts'
import {
  BASE64,
  DURATION,
  EMAIL,
  HOST,
  ID,
  IP,
  type Kind,
  MAC,
  NUM,
  PATH,
  SIZE,
  TIME,
  UNIT,
  URL,
  USER,
  VALUE,
  VERSION,
  WORD,
} from './kinds.ts'
import {
  announcesUser,
  isNoUserName,
  isStateKey,
  isTextKey,
  isUserKey,
  isUserWhoActs,
  isWellKnownAccount,
  mayMeanValue,
  wordKind,
} from './meanings.ts'
import { saysOutcome } from './outcomes.ts'
import { isSlash, pathEnd, relativePathEnd } from './paths.ts'
import { isRandomWord } from './randomness.ts'
import { timestampEnd } from './timestamps.ts'
import { isMarkBack, kindBack, push, tokens } from './tokens.ts'
import { foldBeforeAddress, foldCodeName, foldDisk, foldPackage, gluedEnd } from './told-values.ts'
import { base64End, buildEnd, isBuildOf, mayBeBase64, thousandsEnd } from './value-ends.ts'

const COLON = 0x3a
const DASH = 0x2d
const EQUALS = 0x3d
const AT = 0x40
const COMMA = 0x2c

const NOTHING = 0
const NAME = 1
const NAME_AS_VALUE = 2
/** Whether the words before say that a user name comes next: as the next word, or as the value of a key. */
let expected = NOTHING

export function expectNoName(): void {
  expected = NOTHING
}

/** Pushes what starts at `at` with a letter or digit, and returns the place after it. */
export function scanAlphanumeric(text: string, at: number, limit: number, spaced: number, cls: number): number {
  if (expected !== NOTHING) {
    const end = scanName(text, at, limit, spaced)
    if (end > 0) return end
  }
  if (cls !== DIGIT) {
    const end = plainWordEnd(text, at, limit)
    if (end > 0) {
      return pushWord(text, at, end, spaced, limit)
    }
  }
  if (isHex(cls)) {
    const end = scanHexStart(text, at, spaced, cls)
    if (end > 0) return end
  }
  if (text.charCodeAt(at + 1) === COLON && isSlash(text.charCodeAt(at + 2))) {
    const end = pathEnd(text, at, limit)
    if (end > 0) return pushed(PATH, at, end, spaced)
  }
  readChunk(text, at, limit)
  const { end } = chunk
  const next = text.charCodeAt(end)
  if (chunk.letters > 0 || chunk.digits === 0) {
    if (next === COLON && text.startsWith('//', end + 1)) return pushed(URL, at, urlEnd(text, end + 3, limit), spaced)
    if (next === AT) {
      const domain = emailDomainEnd(text, end + 1)
      if (domain > 0) return pushed(isUnitName(text, domain) ? UNIT : EMAIL, at, domain, spaced)
    }
    if (isSlash(next)) {
      const path = relativePathEnd(text, at, end, limit)
      if (path > 0) return pushed(PATH, at, path, spaced)
    }
  }
  return pushChunk(text, at, limit, spaced)
}

/**
 * The end of a word of letters with white space, a comma, a bracket or `=` behind it, or -1. Most of a message is such
 * words, and none of the questions below need asking about them.
 */
function plainWordEnd(text: string, at: number, limit: number): number {
  let end = at
  let lowest = DIGIT
  while (end < limit) {
    const code = text.charCodeAt(end)
    const cls = classOf(code)
    if (cls < LOWER || cls === DIGIT) {
      if (cls !== SPACE && !isClosing(code)) return -1
      break
    }
    if (cls < lowest) lowest = cls
    end++
  }
  // Letters from a to f only may be a number.
  return lowest >= HEX_LOWER && end - at >= MIN_HEX_CHARS ? -1 : end
}

function isClosing(code: number): boolean {
  return code === COMMA || code === EQUALS || (code >= 0x28 && code <= 0x2a) || code === 0x5d || code === 0x7d
}

/** Dates, hardware and IPv6 addresses: what starts with a hex digit and holds colons or slashes. */
function scanHexStart(text: string, at: number, spaced: number, cls: number): number {
  const third = text.charCodeAt(at + 2)
  if ((third === COLON || third === DASH) && isHex(classAt(text, at + 1)) && isHex(classAt(text, at + 3))) {
    const end = macEnd(text, at)
    if (end > 0) return pushed(MAC, at, end, spaced)
  }
  if (cls === DIGIT) {
    const end = timestampEnd(text, at)
    if (end > 0) {
      push(TIME, at, end, spaced)
      foldTime(text)
      return end
    }
  }
  for (let colon = at + 1; colon <= at + 4; colon++) {
    const code = text.charCodeAt(colon)
    if (code === COLON) {
      const end = ipv6End(text, at)
      return end > 0 ? pushed(IP, at, end, spaced) : -1
    }
    if (!isHex(classOf(code))) return -1
  }
  return -1
}

function pushed(kind: Kind, start: number, end: number, spaced: number): number {
  push(kind, start, end, spaced)
  return end
}

function pushChunk(text: string, at: number, limit: number, spaced: number): number {
  if (mayBeBase64()) {
    const end = base64End(text, at, limit)
    if (end > 0) return pushed(BASE64, at, end, spaced)
  }
  const kind = classify(text, at)
  const { end } = chunk
  switch (kind) {
    case WORD: {
      const last = pushWord(text, at, end, spaced, limit)
      foldPackage(text)
      return last
    }
    case MASKED:
      if (spaced === 0 && isMarkBack(text, 1, EQUALS) && isBehindValueKey(text, at, end))
        return pushed(VALUE, at, gluedEnd(text, end, limit), spaced)
      pushMasked(text, at, end, spaced)
      foldPackage(text)
      return end
    case IP:
      push(IP, at, end, spaced)
      foldBeforeAddress(text)
      return end
    case HOST:
      return pushed(HOST, at, portOrMaskEnd(text, end), spaced)
    case NUM: {
      const last = thousandsEnd(text, at, end)
      if (last - at <= MAX_EXIT_DIGITS && isExitPlace(text)) return pushed(WORD, at, last, spaced)
      push(NUM, at, last, spaced)
      foldNumber(text)
      return last
    }
    case VERSION:
    case ID:
      return pushed(kind === ID && !isBuildOf(text, at, end) ? ID : VERSION, at, buildEnd(text, at, end), spaced)
    default:
      push(kind, at, end, spaced)
      if (kind === SIZE || kind === DURATION) foldComparison(text)
      return end
  }
}

const MAX_EXIT_DIGITS = 3

/** `user@1000.service`: the last label says that it is no domain. */
function isUnitName(text: string, end: number): boolean {
  return endsInUnit(text, text.lastIndexOf('.', end - 1) + 1, end)
}

function pushWord(text: string, start: number, end: number, spaced: number, limit: number): number {
  let kind = mayMeanValue(end - start) ? valueKind(text, start, end) : WORD
  if (kind === WORD && spaced === 0 && isMarkBack(text, 1, EQUALS) && isValue(text, start, end))
    return pushed(VALUE, start, gluedEnd(text, end, limit), spaced)
  if (kind === WORD && isRandomWord(text, start, end)) kind = ID
  push(kind, start, end, spaced)
  if (kind !== WORD || foldWord(text)) return end
  const next = text.charCodeAt(end)
  if (next === EQUALS || next === COLON) {
    if (isUserKey(text, start, end)) expected = NAME_AS_VALUE
  } else if (isUserWhoActs(text, start, end)) expected = NAME
  else if (kindBack(2) === WORD) {
    const before = tokens.length - 2
    if (announcesUser(text, tokens.starts[before]!, tokens.ends[before]!, start, end)) expected = NAME
    else foldDisk(text, start, end)
  } else foldCodeName(text, start, end)
  return end
}

/**
 * True for a word behind `key=` that may be any other: not an outcome, a role that every installation has, the type of
 * an error, nor what a key like `state` says. The next word of a sentence behind the sign is none either.
 */
function isValue(text: string, start: number, end: number): boolean {
  // `token=Token{…}`, `lines=Rect(…)`: what is in the brackets is the value.
  const next = text.charCodeAt(end)
  return next !== 0x7b && next !== 0x28 && next !== EQUALS && isBehindValueKey(text, start, end)
}

/** True where any word is a value but those that `isValue` excepts; whatever is in brackets behind it belongs to it. */
function isBehindValueKey(text: string, start: number, end: number): boolean {
  const key = tokens.length - 2
  if (key < 0 || tokens.kinds[key] !== WORD || tokens.spaced[key + 1] !== 0) return false
  const [from, to] = [tokens.starts[key]!, tokens.ends[key]!]
  if (isStateKey(text, from, to) || isTextKey(text, from, to) || isWellKnownAccount(text, start, end)) return false
  return !isErrorName(text, end) && !saysOutcome(text, start, end)
}

function valueKind(text: string, start: number, end: number): Kind {
  return wordKind(text, start, end, isMarkBack(text, 1, EQUALS) || isMarkBack(text, 1, COLON))
}

/** The user name that the words before announced, up to the next white space or bracket. */
function scanName(text: string, at: number, limit: number, spaced: number): number {
  const isValue = expected === NAME_AS_VALUE
  expected = NOTHING
  // `ruser= rhost=x`: the key has no value.
  if (isValue && spaced === 1 && isMarkBack(text, 1, EQUALS)) return -1
  let end = at
  while (end < limit) {
    const cls = classOf(text.charCodeAt(end))
    if (cls === SPACE || (cls === HARD && text.charCodeAt(end) !== AT && text.charCodeAt(end) !== 0x5c)) break
    end++
  }
  while (end > at + 1 && text.charCodeAt(end - 1) === 0x2e) end--
  if (isValue ? isWellKnownAccount(text, at, end) : isNoUserName(text, at, end)) return -1
  return pushed(USER, at, end, spaced)
}
