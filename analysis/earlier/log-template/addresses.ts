import {
  CONNECTOR,
  classAt,
  classOf,
  DIGIT,
  digitsEnd,
  HARD,
  isAlphanumeric,
  isDigitAt,
  isHex,
  isLetter,
  SPACE,
} from './characters.ts'
import { MAX_LOOKAHEAD_CHARS } from './limits.ts'

/*
 * Matchers of addresses. Each takes the place where the address would start and returns the place after it, or -1. They
 * look no further than an address can be long, so that a failed attempt costs a constant.
 */

const DOT = 0x2e
const COLON = 0x3a
const SLASH = 0x2f
const DASH = 0x2d
const PERCENT = 0x25

/** `10.0.0.1`, `10.0.0.1:8080`, `10.0.0.0/16`; several joined by commas (`X-Forwarded-For`) are one address list. */
export function ipv4End(text: string, at: number): number {
  let end = oneIpv4End(text, at)
  if (end < 0) return -1
  while (text.charCodeAt(end) === 0x2c) {
    const next = oneIpv4End(text, end + 1)
    if (next < 0) break
    end = next
  }
  return end
}

function oneIpv4End(text: string, at: number): number {
  let end = at
  for (let octet = 0; octet < 4; octet++) {
    const start = end
    end = digitsEnd(text, start, 3)
    if (end === start || (end - start === 3 && isAbove255(text, start))) return -1
    if (octet < 3 && text.charCodeAt(end++) !== DOT) return -1
  }
  const after = classAt(text, end)
  if (isAlphanumeric(after)) return -1
  if (after === CONNECTOR && isAlphanumeric(classAt(text, end + 1))) return -1
  return portOrMaskEnd(text, end)
}

function isAbove255(text: string, at: number): boolean {
  return text.charCodeAt(at) * 100 + text.charCodeAt(at + 1) * 10 + text.charCodeAt(at + 2) > 255 + 0x30 * 111
}

/** After an address: `:port` or `/bits`, where one stands. */
export function portOrMaskEnd(text: string, at: number): number {
  const mark = text.charCodeAt(at)
  if (mark !== COLON && mark !== SLASH) return at
  const end = digitsEnd(text, at + 1, mark === COLON ? 5 : 3)
  return end === at + 1 || isAlphanumeric(classAt(text, end)) ? at : end
}

/** An IPv6 address in any of its forms, with zone or prefix length. At least two colons, so that `12:30` is none. */
export function ipv6End(text: string, at: number): number {
  const limit = Math.min(text.length, at + MAX_LOOKAHEAD_CHARS)
  let end = at
  let groups = 0
  let isShortened = false
  while (end < limit) {
    const start = end
    while (end < limit && end - start < 5 && isHex(classAt(text, end))) end++
    if (end - start > 4) return -1
    if (end > start) {
      if (text.charCodeAt(end) === DOT) {
        const tail = groups > 0 || isShortened ? oneIpv4End(text, start) : -1
        if (tail < 0) break
        return tail
      }
      if (++groups > 8) return -1
    }
    if (text.charCodeAt(end) !== COLON) break
    if (text.charCodeAt(end + 1) === COLON) {
      if (isShortened) return -1
      isShortened = true
      end += 2
    } else if (isHex(classAt(text, end + 1)) && end > start) end++
    else break
  }
  const isWhole = isShortened ? groups > 0 && groups < 8 : groups === 8
  if (!isWhole || isLetter(classAt(text, end))) return -1
  if (text.charCodeAt(end) === PERCENT && isAlphanumeric(classAt(text, end + 1))) {
    do end++
    while (end < limit && isAlphanumeric(classAt(text, end)))
  }
  return text.charCodeAt(end) === SLASH ? portOrMaskEnd(text, end) : end
}

/** Pairs of hex digits with one separator throughout, six (Ethernet) or more (EUI-64, InfiniBand, chip serials). */
export function macEnd(text: string, at: number): number {
  const mark = text.charCodeAt(at + 2)
  if (mark !== COLON && mark !== DASH) return -1
  const limit = at + MAX_LOOKAHEAD_CHARS
  let end = at
  let pairs = 0
  while (end < limit && isHex(classAt(text, end)) && isHex(classAt(text, end + 1))) {
    pairs++
    end += 2
    if (text.charCodeAt(end) !== mark || !isHex(classAt(text, end + 1))) break
    end++
  }
  return pairs >= 6 && !isAlphanumeric(classAt(text, end)) ? end : -1
}

const UUID_LENGTH = 36

/** Hex digits in groups of 8, 4, 4, 4 and 12. */
export function uuidEnd(text: string, at: number): number {
  if (at + UUID_LENGTH > text.length) return -1
  for (let offset = 0; offset < UUID_LENGTH; offset++) {
    const isDash = offset === 8 || offset === 13 || offset === 18 || offset === 23
    const code = text.charCodeAt(at + offset)
    if (isDash ? code !== DASH : code > 0x66 || !isHex(classOf(code))) return -1
  }
  return isAlphanumeric(classAt(text, at + UUID_LENGTH)) ? -1 : at + UUID_LENGTH
}

/** The domain of an e-mail address, from after the `@`: labels with at least one dot, the last one of letters. */
export function emailDomainEnd(text: string, at: number): number {
  const limit = Math.min(text.length, at + MAX_LOOKAHEAD_CHARS * 4)
  let end = at
  let lastDot = -1
  while (end < limit) {
    const cls = classOf(text.charCodeAt(end))
    if (!isAlphanumeric(cls)) {
      if (cls !== CONNECTOR || !isAlphanumeric(classAt(text, end + 1))) break
      if (text.charCodeAt(end) === DOT) lastDot = end
    }
    end++
  }
  return lastDot > at && end - lastDot > 2 && !isDigitAt(text, lastDot + 1) ? end : -1
}

/** The rest of a URL, from after `://`: up to white space, a quote or a bracket, less the sentence's own full stop. */
export function urlEnd(text: string, at: number, limit: number): number {
  let end = at
  let depth = 0
  for (; end < limit; end++) {
    const code = text.charCodeAt(end)
    const cls = classOf(code)
    if (cls === SPACE || code === 0x22 || code === 0x27 || code === 0x3c || code === 0x3e || code === 0x60) break
    if (cls === HARD && code >= 128) break
    if (code === 0x28 || code === 0x5b) depth++
    else if (code === 0x29 || code === 0x5d || code === 0x7d) if (--depth < 0) break
  }
  return trimmedEnd(text, at, end)
}

/** `end` less the punctuation that belongs to the sentence around a URL or path. */
export function trimmedEnd(text: string, at: number, end: number): number {
  let trimmed = end
  while (trimmed > at) {
    const code = text.charCodeAt(trimmed - 1)
    if (code !== DOT && code !== 0x2c && code !== COLON && code !== 0x3b && code !== 0x21 && code !== 0x3f) break
    trimmed--
  }
  return trimmed
}

/** True for names that end in a label which only domain names end in. Two-letter country codes need a port to tell. */
export function isDomain(text: string, lastLabel: number, end: number, hasPort: boolean): boolean {
  const label = text.slice(lastLabel, end).toLowerCase()
  if (TOP_LEVEL.has(label)) return true
  return hasPort && label.length === 2 && !SOURCE_FILES.has(label) && classAt(text, lastLabel) !== DIGIT
}

/** The original generic domains and the ones that private networks use; newer ones are also words or file names. */
const TOP_LEVEL = new Set(['com', 'net', 'org', 'edu', 'gov', 'mil', 'local', 'internal', 'localdomain'])
/** `main.go:42` is a place in a source file, not a host in Gabon's neighbour. */
const SOURCE_FILES = new Set('cc cs ex go hs js kt md ml pl py rb rs sh so ts'.split(' '))
