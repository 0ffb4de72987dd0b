import { ipv4End, isDomain, uuidEnd } from './addresses.ts'
import { CONNECTOR, classAt, classOf, DIGIT, HEX_LOWER, isAlphanumeric, isLower, isUpper, LOWER } from './characters.ts'
import { isCodePlace } from './codes.ts'
import { endsInDataFile, endsInUnit, namesFile } from './file-names.ts'
import { BASE64, CLASS, HEX, HOST, ID, IP, type Kind, NUM, PATH, UNIT, UUID, VALUE, VERSION, WORD } from './kinds.ts'
import { isTermWithDigits } from './meanings.ts'
import { isNameWithNumbers } from './numbered-names.ts'
import { quantityKind } from './quantities.ts'
import { isBehindKey, isKeyedId, isRandomPart } from './randomness.ts'

/**
 * A chunk is a run of letters and digits with connectors inside (`blk_-6952`, `user-agent`, `10.0.0.1`). It is read once,
 * and counted on the way; the counts decide what it is.
 */
export const chunk = {
  end: 0,
  letters: 0,
  digits: 0,
  hexLetters: 0,
  uppers: 0,
  dots: 0,
  dashes: 0,
  connectors: 0,
  /** Segments between connectors that hold a digit: a name has at most one, an identifier several. */
  numbered: 0,
  /** Changes between letter and digit inside segments: random text has many, `node12` has one. */
  switches: 0,
  lastDot: 0,
}

const DOT = 0x2e
const DASH = 0x2d
const UNDERSCORE = 0x5f
/** `--` or `~~` inside an identifier; more of them are a rule between two words. */
const MAX_CONNECTOR_RUN = 3

/** Reads the chunk at `at`, which is a letter or digit, into `chunk`. */
export function readChunk(text: string, at: number, limit: number): void {
  let end = at
  let lowest = DIGIT
  // Most words are letters only: the short way.
  while (end < limit) {
    const cls = classOf(text.charCodeAt(end))
    if (cls < LOWER || cls === DIGIT) break
    if (cls < lowest) lowest = cls
    end++
  }
  let letters = end - at
  let digits = 0
  let hexLetters = lowest >= HEX_LOWER ? letters : 0
  let uppers = 0
  let dots = 0
  let dashes = 0
  let connectors = 0
  let numbered = 0
  let switches = 0
  let lastDot = -1
  const next = end < limit ? classOf(text.charCodeAt(end)) : 0
  if (next === DIGIT || next === CONNECTOR) {
    letters = 0
    hexLetters = 0
    let previous = 0
    let hasDigit = 0
    for (end = at; end < limit; end++) {
      const code = text.charCodeAt(end)
      const cls = classOf(code)
      if (cls === DIGIT) {
        digits++
        hasDigit = 1
        if (previous === 1) switches++
        previous = 2
      } else if (cls >= LOWER) {
        letters++
        if (cls >= HEX_LOWER) hexLetters++
        if (isUpper(cls)) uppers++
        if (previous === 2) switches++
        previous = 1
      } else {
        const after = cls === CONNECTOR ? connectorsEnd(text, end, limit) : -1
        if (after < 0) break
        connectors++
        if (code === DOT) {
          dots++
          lastDot = end
        } else if (code === DASH) dashes++
        numbered += hasDigit
        hasDigit = 0
        previous = 0
        end = after - 1
      }
    }
    numbered += hasDigit
  }
  chunk.end = end
  chunk.letters = letters
  chunk.digits = digits
  chunk.hexLetters = hexLetters
  chunk.uppers = uppers
  chunk.dots = dots
  chunk.dashes = dashes
  chunk.connectors = connectors
  chunk.numbered = numbered
  chunk.switches = switches
  chunk.lastDot = lastDot
}

/** Where a run of connectors ends if a letter or digit stands there, else -1. Dots do not run: `done...` is one word. */
function connectorsEnd(text: string, at: number, limit: number): number {
  let end = at + 1
  if (text.charCodeAt(at) !== DOT) {
    while (end - at < MAX_CONNECTOR_RUN && classAt(text, end) === CONNECTOR && text.charCodeAt(end) !== DOT) end++
  }
  return end < limit && isAlphanumeric(classAt(text, end)) ? end : -1
}

/** What `classify` answers for a name with one number in it (`eth0`, `core.2275`): the letters stay, the digits go. */
export const MASKED: Kind = -1

/** What the chunk that was just read is. May move `chunk.end` behind what belongs to it (a port). */
export function classify(text: string, start: number): Kind {
  const { letters, digits, connectors, end } = chunk
  if (digits === 0) {
    if (connectors === 0) return chunk.hexLetters === letters && letters >= MIN_HEX_LETTERS ? HEX : WORD
    if (chunk.dots === 0) {
      if (isLocale(text, start, end)) return VALUE
      return hasRandomPart(text, start, end) ? MASKED : WORD
    }
    if (endsInUnit(text, chunk.lastDot + 1, end)) return UNIT
    return chunk.dots === 1 && namesFile(text, chunk.lastDot + 1, end) ? PATH : dottedName(text)
  }
  if (connectors === 0) return letters === 0 ? NUM : mixed(text, start, end)
  if (letters === 0) return digitGroups(text, start)
  if (end - start >= 36 && chunk.dashes >= 4) {
    const uuid = uuidEnd(text, start)
    if (uuid > 0) {
      chunk.end = uuid
      return UUID
    }
  }
  if (chunk.dots >= 2 && isJwt(text, start)) return BASE64
  if (isVersion(text, start)) return VERSION
  if (chunk.dots <= 1 && chunk.dashes <= 1 && chunk.dots + chunk.dashes === connectors) {
    const quantity = quantityKind(text, start, end)
    if (quantity >= 0) return quantity
  }
  if (chunk.dots >= 1) {
    if (endsInUnit(text, chunk.lastDot + 1, end)) return UNIT
    if (endsInDataFile(text, chunk.lastDot + 1, end)) return PATH
    const name = dottedName(text)
    if (name !== WORD) return name
  }
  if (chunk.numbered >= 2) return isTermWithDigits(text, start, end) ? WORD : ID
  return MASKED
}

/** Letters and digits without connectors. */
function mixed(text: string, start: number, end: number): Kind {
  const { letters, digits, hexLetters, uppers, switches } = chunk
  const length = end - start
  if (isTermWithDigits(text, start, end)) return WORD
  if (isErrorCode(text, start, end) && isCodePlace(text)) return WORD
  if (text.charCodeAt(start) === 0x30 && isHexPrefix(text, start) && digits + hexLetters >= length - 1) return HEX
  if (hexLetters === letters && length >= MIN_HEX_CHARS) return HEX
  if (classAt(text, start) === DIGIT) {
    const quantity = quantityKind(text, start, end)
    if (quantity >= 0) return quantity
  }
  if (hexLetters === letters && length === SHORT_HEX_CHARS && switches >= 2) return HEX
  if (length >= MIN_KEY_CHARS && uppers === letters) return ID
  if (length >= MIN_RANDOM_CHARS && uppers > 0 && uppers < letters && switches >= 2) return BASE64
  return isNameWithNumbers(text, start, end, switches) ? MASKED : ID
}

/** `E11000`, `P0001`, `CS8602`: one to three capitals and their number. */
function isErrorCode(text: string, start: number, end: number): boolean {
  const { letters, uppers, switches } = chunk
  return uppers === letters && letters <= 3 && switches === 1 && end - start <= 8 && isUpper(classAt(text, start))
}

/** `de-DE`, `en_US`: a language and a country. */
function isLocale(text: string, start: number, end: number): boolean {
  if (end - start !== 5 || chunk.connectors !== 1 || isAlphanumeric(classAt(text, start + 2))) return false
  if (!isLower(classAt(text, start)) || !isLower(classAt(text, start + 1))) return false
  return isUpper(classAt(text, start + 3)) && isUpper(classAt(text, start + 4))
}

/** `ord_jwcrrhqkxy`, `basket-bcdfghjklm-xzqwv`: an id behind a prefix, without a digit. */
function hasRandomPart(text: string, start: number, end: number): boolean {
  let at = start
  for (let index = start; index <= end; index++) {
    if (index < end && isAlphanumeric(classAt(text, index))) continue
    if (at > start && (isRandomPart(text, at, index) || (isBehindKey(text, start, at) && isKeyedId(text, at, index))))
      return true
    at = index + 1
  }
  return false
}

/** Shorter runs of hex digits are also names: `e1000` is a driver. */
export const MIN_HEX_CHARS = 6
/** `0f1a`: so many digits in turn with letters from a to f are a number, too. */
const SHORT_HEX_CHARS = 4
/** `ffffffff` and `deadbeef` are numbers; no English word of eight letters does with a to f. */
const MIN_HEX_LETTERS = 8
/** Capitals and digits only, this long, are a key: no constant has a number in it and no separator. */
const MIN_KEY_CHARS = 16
const MIN_RANDOM_CHARS = 20

function isHexPrefix(text: string, start: number): boolean {
  const code = text.charCodeAt(start + 1)
  return code === 0x78 || code === 0x58
}

/** Digits and connectors only: decimal, IPv4 address, version, range, phone number. */
function digitGroups(text: string, start: number): Kind {
  if (chunk.dots === 1 && chunk.connectors === 1) return NUM
  if (chunk.dots === 3) {
    const address = ipv4End(text, start)
    if (address > 0) {
      chunk.end = address
      return IP
    }
  }
  if (chunk.dots > 1) return VERSION
  return chunk.connectors === 1 ? MASKED : ID
}

/** `v2.0`, `1.4.1-rc2`, `2.6.5-1.358`, `2.0.0.Final`: starts with a number, has dots, and no label but a qualifier. */
function isVersion(text: string, start: number): boolean {
  if (chunk.dots === 0) return false
  const first = text.charCodeAt(start)
  const number = first === 0x76 || first === 0x56 ? start + 1 : start
  if (classAt(text, number) !== DIGIT) return false
  let at = number
  let dots = 0
  while (at < chunk.end) {
    const code = text.charCodeAt(at)
    if (code === DOT) dots++
    else if (classOf(code) !== DIGIT) break
    at++
  }
  if (at === chunk.end) return true
  // `5.36.59.76.dynamic.example.net` is a host.
  if (chunk.dots >= 3 && isLower(classAt(text, chunk.lastDot + 1))) return false
  return number > start ? dots >= 1 : dots >= 2 || (dots === 1 && isQualifier(text, at))
}

function isQualifier(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return (code === DASH || code === UNDERSCORE) && chunk.dots === 1
}

/** Names with dots: host names, class names and config keys of three labels or more vary; `core.pid` and errors stay. */
function dottedName(text: string): Kind {
  const label = chunk.lastDot + 1
  const hasPort = text.charCodeAt(chunk.end) === 0x3a && classAt(text, chunk.end + 1) === DIGIT
  const isHost = isDomain(text, label, chunk.end, hasPort)
  if (chunk.dots === 1) return isHost ? HOST : WORD
  if (classAt(text, label) === DIGIT || isErrorName(text, chunk.end)) return WORD
  if (isConstant(text, label, chunk.end)) return WORD
  return isHost || hasPort || (chunk.end - label <= 3 && !isUpper(classAt(text, label))) ? HOST : CLASS
}

/** `SCREEN_ON` of `android.intent.action.SCREEN_ON`: which event it is, not whose. */
function isConstant(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (isLower(classAt(text, at))) return false
  return end - start >= 2
}

/** True where a name ends in what languages call their errors: the type of an error is its identity, and stays. */
export function isErrorName(text: string, end: number): boolean {
  return text.endsWith('Exception', end) || text.endsWith('Error', end) || text.endsWith('Throwable', end)
}

/** A JSON Web Token: base64url of `{"`, and two dots. */
function isJwt(text: string, start: number): boolean {
  return text.charCodeAt(start) === 0x65 && text.startsWith('eyJ', start)
}
