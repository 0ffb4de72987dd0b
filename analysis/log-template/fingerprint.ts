import { addNumber, addText, finishHash, joined, keyOf, lanes, startHash } from './hash64.ts'
import { FIRST_VARIABLE, type Kind } from './kinds.ts'
import { scan } from './scanner.ts'
import { templateText } from './template.ts'
import { tokens } from './tokens.ts'

/**
 * Version of the scanner and the hash together. It is stored with every fingerprint. Raise it with every change that
 * gives any message another template; a template that stays the same keeps its fingerprint over versions.
 */
export const LOG_TEMPLATE_VERSION = 2

/** What a log message is recognised by. */
export interface LogFingerprint {
  /** Signed, as Postgres' bigint holds it. */
  readonly id: bigint
  /** The same 64 bits as 16 lower-case hex digits. */
  readonly hex: string
  readonly template: string
}

/** Longer names are texts in the wrong place. */
const MAX_NAME_CHARS = 256

/** Marks in the hash; above every code unit, so that no text can look like them. */
const SPACE_MARK = 0x10000
const VARIABLE_MARK = 0x20000

/** Hashes the template of the message that was scanned last into `lanes`; its text is not needed for that. */
function hashTokens(message: string): void {
  startHash()
  for (let index = 0; index < tokens.length; index++) {
    const kind: Kind = tokens.kinds[index]!
    if (index > 0 && tokens.spaced[index] === 1) addNumber(SPACE_MARK)
    if (kind < FIRST_VARIABLE) addText(message, tokens.starts[index]!, tokens.ends[index]!)
    else addNumber(VARIABLE_MARK + kind)
  }
  finishHash()
}

/** The fingerprint of a message. Pure: the same on every machine and after every restart. Never throws. */
export function fingerprintOf(message: string): LogFingerprint {
  scan(message)
  hashTokens(message)
  return fingerprintFrom(message)
}

/** Above the marks of templates: a name is never the same as a message that reads like it. */
const NAME_MARK = 0x40000

/**
 * The fingerprint of an event's name. A name says which event it is to the last digit (`checkout.step2`): nothing in it
 * varies.
 */
export function fingerprintOfName(name: string): LogFingerprint {
  const text = name.slice(0, MAX_NAME_CHARS)
  startHash()
  addNumber(NAME_MARK)
  addText(text, 0, text.length)
  finishHash()
  const id = joined(lanes.high, lanes.low)
  return { id, hex: fingerprintHex(id), template: text }
}

function fingerprintFrom(message: string): LogFingerprint {
  const id = joined(lanes.high, lanes.low)
  return { id, hex: fingerprintHex(id), template: templateText(message) }
}

/** A fingerprint as 16 lower-case hex digits. */
export function fingerprintHex(id: bigint): string {
  return BigInt.asUintN(64, id).toString(16).padStart(16, '0')
}

interface Known {
  readonly high: number
  readonly low: number
  readonly fingerprint: LogFingerprint
}

/**
 * How many fingerprints are remembered. A service has hundreds of log statements; 16,384 hold a large fleet's in some
 * 5 MB. Past that all are forgotten at once, which costs each one string again.
 */
const MAX_REMEMBERED = 16_384

/**
 * `fingerprintOf` with a memory: a message whose template was met before costs no allocation. What it answers does not
 * depend on what it remembers.
 */
export function createFingerprinter(): (message: string) => LogFingerprint {
  const remembered = new Map<number, Known>()
  return message => {
    scan(message)
    hashTokens(message)
    const { high, low } = lanes
    // 53 bits address the entry; the entry says whether it is the same 64.
    const key = keyOf(high, low)
    const known = remembered.get(key)
    if (known !== undefined && known.high === high && known.low === low) return known.fingerprint
    const fingerprint = fingerprintFrom(message)
    if (remembered.size >= MAX_REMEMBERED) remembered.clear()
    remembered.set(key, { high, low, fingerprint })
    return fingerprint
  }
}
