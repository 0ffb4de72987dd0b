import { secretsOfArguments } from '../../analysis/sensitive/command-lines.ts'
import { looksLike } from '../../analysis/sensitive/named-values.ts'
import { secretKind } from '../../analysis/sensitive/secret-keys.ts'
import { isFolder, isPlaceholder } from '../../analysis/sensitive/secret-values.ts'
import { type Attributes, type AttributeValue, attributeLists, isAttributes } from '../../pipeline/model/index.ts'

export interface ValueOptions {
  /** Replaces what is sensitive in a text; the same text where nothing is. */
  readonly scan: (text: string) => string
  readonly replace: (kind: string, secret: string) => string
  /** Whether keys tell secrets by themselves. */
  readonly credentials: boolean
  /** Whether integers can be sensitive. */
  readonly cardNumbers: boolean
  /** Lower case. */
  readonly secretKeys: ReadonlySet<string>
  readonly safeKeys: ReadonlySet<string>
}

export interface ValueRedactor {
  text(text: string): string
  value(value: AttributeValue): AttributeValue
  attributes(attributes: Attributes): Attributes
}

/** Real services have some hundred keys. Past the limit the memory starts anew, so keys made of ids cannot fill it. */
const MAX_REMEMBERED_KEYS = 4_096

/** A key that is itself a secret, or holds one, is written otherwise; what is then equal is told apart by a number. */
const MAX_REMEMBERED_NAMES = MAX_REMEMBERED_KEYS

/** Decisions on a key that are no kind of secret. */
const ORDINARY = 0
const SAFE = 1
type Decision = string | typeof ORDINARY | typeof SAFE

/** One place among a record's attributes: its last key, whose name holds nothing sensitive, and a value found clean. */
interface Seen {
  key: string | undefined
  decision: Decision
  value: AttributeValue
}
const MAX_SEEN = 32
/** Longer ones hardly repeat, and are not kept alive. */
const MAX_SEEN_CHARS = 128

function isSmall(value: AttributeValue): boolean {
  return typeof value === 'string' ? value.length <= MAX_SEEN_CHARS : typeof value !== 'object'
}

/** An integer under one of these is a count, under the others a PIN or the like. */
const NUMBERS_ARE_COUNTS: ReadonlySet<string> = new Set(['token', 'api_key', 'cookie', 'authorization'])

/** `--password` as an element of its own. */
const FLAG = /^--?[A-Za-z][\w-]{0,64}$/

/** Smallest number of 13 digits: no shorter one is a card's. */
const MIN_CARD_NUMBER = 10n ** 12n

/** Functions that give back what they were given when nothing in it is sensitive, and a changed copy otherwise. */
export function createValueRedactor(options: ValueOptions): ValueRedactor {
  const { scan, replace, credentials, cardNumbers, secretKeys, safeKeys } = options
  const decisions = new Map<string, Decision>()
  /** Only keys that hold nothing sensitive are remembered. */
  const names = new Map<string, string>()
  const lists = attributeLists()
  /** What stood at each place of the record before, found clean: records in a row are much alike. */
  const seen: Seen[] = Array.from({ length: MAX_SEEN }, () => ({ key: undefined, decision: ORDINARY, value: null }))
  return { text: scan, value: value => redact(value, ORDINARY), attributes: ofRecord }

  /** `attributes` for those of a record itself, which are many and alike. */
  function ofRecord(before: Attributes): Attributes {
    let after: Map<string, AttributeValue> | undefined
    let isRenamed = false
    const count = lists.read(before)
    for (let at = 0; at < count; at++) {
      // The lists are that long.
      const key = lists.keys[at]!
      const value = lists.values[at]!
      const place = seen[at]
      const isSeen = place?.key === key
      if (isSeen && place.value === value) continue
      const decision = isSeen ? place.decision : (decisions.get(key) ?? decide(key))
      const redacted = redact(value, decision, key)
      if (redacted !== value) {
        after ??= new Map(before)
        after.set(key, redacted)
      } else if (isSeen) place.value = isSmall(value) ? value : null
      if (isSeen) continue
      if (isNameSensitive(key, decision)) isRenamed = true
      else if (place !== undefined && key.length <= MAX_SEEN_CHARS) {
        place.key = key
        place.decision = decision
        place.value = redacted === value && isSmall(value) ? value : null
      }
    }
    return isRenamed ? renamed(after ?? before) : (after ?? before)
  }

  function attributes(before: Attributes, inherited: Decision): Attributes {
    let after: Map<string, AttributeValue> | undefined
    let isRenamed = false
    for (const [key, value] of before) {
      const own = decisions.get(key) ?? decide(key)
      const redacted = redact(value, own === ORDINARY ? inherited : own, key)
      if (redacted !== value) {
        after ??= new Map(before)
        after.set(key, redacted)
      }
      isRenamed ||= isNameSensitive(key, own)
    }
    return isRenamed ? renamed(after ?? before) : (after ?? before)
  }

  function isNameSensitive(key: string, decision: Decision): boolean {
    return credentials && decision !== SAFE && names.get(key) !== key && nameOf(key) !== key
  }

  /** The key as it may be stored. */
  function nameOf(key: string): string {
    const known = names.get(key)
    if (known !== undefined) return known
    const name = scan(key)
    if (names.size >= MAX_REMEMBERED_NAMES) names.clear()
    if (name === key) names.set(key, name)
    return name
  }

  function renamed(before: Attributes): Attributes {
    const after = new Map<string, AttributeValue>()
    for (const [key, value] of before) {
      const name = nameOf(key)
      let free = name
      for (let n = 2; after.has(free) || (free !== key && before.has(free)); n++) free = `${name} ${n}`
      after.set(free, value)
    }
    return after
  }

  function decide(key: string): Decision {
    const lower = key.toLowerCase()
    let decision: Decision = ORDINARY
    if (safeKeys.has(lower)) decision = SAFE
    else if (secretKeys.has(lower)) decision = 'secret'
    else if (credentials) decision = secretKind(key) ?? ORDINARY
    if (decisions.size >= MAX_REMEMBERED_KEYS) decisions.clear()
    decisions.set(key, decision)
    return decision
  }

  function redact(value: AttributeValue, decision: Decision, key = ''): AttributeValue {
    if (decision === SAFE) return value
    if (typeof value === 'string') return decision === ORDINARY ? scan(value) : whole(decision, key, value)
    if (typeof value === 'bigint' || typeof value === 'number') return redactNumber(value, decision)
    if (typeof value !== 'object' || value === null) return value
    if (value instanceof Uint8Array) return redactBytes(value, decision)
    return isAttributes(value) ? attributes(value, decision) : redactArray(value, decision)
  }

  function whole(kind: string, key: string, value: string): string {
    return isPlaceholder(value) || isFolder(key, value) ? value : replace(kind, value)
  }

  function redactNumber(value: bigint | number, decision: Decision): AttributeValue {
    if (decision !== ORDINARY && decision !== SAFE) {
      return NUMBERS_ARE_COUNTS.has(decision) ? value : replace(decision, String(value))
    }
    if (!cardNumbers || typeof value !== 'bigint' || value < MIN_CARD_NUMBER) return value
    const text = String(value)
    const scanned = scan(text)
    return scanned === text ? value : scanned
  }

  /** Bytes may be text: they are scanned as Latin-1, which keeps every byte that is not replaced. */
  function redactBytes(value: Uint8Array, decision: Decision): AttributeValue {
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')
    if (decision !== ORDINARY && decision !== SAFE) return text === '' ? value : replace(decision, text)
    const scanned = scan(text)
    return scanned === text ? value : new Uint8Array(Buffer.from(scanned, 'latin1'))
  }

  function redactArray(before: readonly AttributeValue[], decision: Decision): readonly AttributeValue[] {
    let after: AttributeValue[] | undefined
    for (const [i, value] of before.entries()) {
      const redacted = redact(value, decision === ORDINARY ? byNeighbour(before[i - 1], value) : decision)
      if (redacted !== value) {
        after ??= [...before]
        after[i] = redacted
      }
    }
    return redactArguments(after ?? before)
  }

  /**
   * In a list of arguments, such as `process.command_args`, a flag names the element after it; in a list of headers a
   * header does, where the element looks like what it names.
   */
  function byNeighbour(name: AttributeValue | undefined, value: AttributeValue): Decision {
    if (typeof name !== 'string' || typeof value !== 'string' || value.startsWith('-') || name.length > 64)
      return ORDINARY
    const decision = decisions.get(name) ?? decide(name)
    if (typeof decision !== 'string' || FLAG.test(name)) return decision
    return looksLike(value, decision) ? decision : ORDINARY
  }

  /** `['mysql', '-pTr0ub4dor']`: flags that mean a password for some programs only. */
  function redactArguments(before: readonly AttributeValue[]): readonly AttributeValue[] {
    if (!credentials || before.length < 2 || !before.every(element => typeof element === 'string')) return before
    const found = secretsOfArguments(before)
    if (found.length === 0) return before
    const after = [...before]
    for (const { argument, start, end } of found) {
      const text = before[argument]!
      after[argument] = text.slice(0, start) + replace('password', text.slice(start, end)) + text.slice(end)
    }
    return after
  }
}
