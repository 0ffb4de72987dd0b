import { BASE64_STARTS, isUserAndPassword, replaceWrapped } from './base64-wrapped.ts'
import { replaceCardNumbers } from './card-numbers.ts'
import { COMMAND_HINTS, replaceInCommands } from './command-lines.ts'
import { replaceEmailAddresses } from './email-addresses.ts'
import { PAIR_HINTS, replacePairs } from './key-value.ts'
import { createLiteralFinder, type Literal } from './literal-finder.ts'
import { replaceNamedValues } from './named-values.ts'
import { replacePrivateKeys } from './private-keys.ts'
import { replaceInProse } from './prose.ts'
import { looksRandom, type Replace } from './secret-values.ts'
import { replaceInSql } from './sql.ts'
import { COMMON_STARTS, replaceCommonTokens, replaceTokens, TOKEN_FORMATS } from './token-formats.ts'
import { replaceInQueries, replaceInUrls } from './urls.ts'

export interface ScannerOptions {
  /** Private keys, tokens of known formats, bearer and basic credentials, passwords in URLs, `password=…`. */
  readonly credentials: boolean
  readonly emailAddresses: boolean
  readonly cardNumbers: boolean
  /** Own patterns, applied last, in this order. `regex` has the flag `g`. */
  readonly patterns: readonly OwnPattern[]
  readonly replace: Replace
}

export interface OwnPattern {
  readonly kind: string
  readonly regex: RegExp
}

const TOKEN = 1
const SCHEME = 2
const URL = 4
const PRIVATE_KEY = 8
const PAIR = 16
const BASE64 = 32
const COMMAND = 64
const COMMON = 128

const cases = (words: readonly string[]) =>
  words.flatMap(word => [word, word.toUpperCase(), word[0]!.toUpperCase() + word.slice(1)])
const literals = (bits: number, texts: readonly string[]): Literal[] => texts.map(text => ({ text, bits }))

/** What a text must hold, at least, for one of the searches to find something in it. */
const findHints = createLiteralFinder([
  ...literals(TOKEN, [...new Set(TOKEN_FORMATS.flatMap(format => format.literals))]),
  ...literals(SCHEME, ['earer ', 'EARER ', 'earer%20', 'asic ', 'ASIC ', 'asic%20']),
  ...literals(URL, ['://', 'jdbc:oracle', 'sqlplus ']),
  ...literals(PRIVATE_KEY, ['PRIVATE KEY', 'PuTTY-User-Key-File-', '"kty']),
  ...literals(BASE64, BASE64_STARTS),
  ...literals(COMMAND, COMMAND_HINTS),
  ...literals(COMMON, COMMON_STARTS),
  ...literals(PAIR, cases(PAIR_HINTS)),
])

/** `pwd=x`: nothing shorter holds a credential. */
const MIN_CREDENTIAL_LENGTH = 5

const SCHEME_CREDENTIAL = /\b(bearer|basic)((?: |%20){1,3})([\w.~+/-]{4}[\w.~+/-]*={0,2})/gi
/**
 * Short texts repeat (methods, hosts, routes, names), and the decoder hands out the same string for the same bytes, so
 * those found clean are remembered: that takes a quarter off the work for a span, and half with e-mail addresses and
 * card numbers on. Only every eighth is, lest a stream of ids churns the memory, which starts anew when it is full.
 * Nothing sensitive is ever in it.
 */
const MAX_REMEMBERED_LENGTH = 32
const MAX_REMEMBERED_TEXTS = 4_096
const REMEMBERED_ONE_IN = 8

/**
 * A function that gives back a text with all that is sensitive replaced, and the very same text where there is nothing.
 * Made to be called on every string of every record: a clean one costs about a nanosecond per character.
 *
 * All searches are linear in the length of the text, whatever it holds; an own pattern is as fast as it is written.
 */
export function createScanner(options: ScannerOptions): (text: string) => string {
  const clean = new Set<string>()
  let cleanTexts = 0
  return text => {
    if (text.length > MAX_REMEMBERED_LENGTH) return scan(text, options)
    if (text === '' || clean.has(text)) return text
    const result = scan(text, options)
    if (result === text && ++cleanTexts % REMEMBERED_ONE_IN === 0) {
      if (clean.size >= MAX_REMEMBERED_TEXTS) clean.clear()
      clean.add(text)
    }
    return result
  }
}

/**
 * What is replaced can change how its surroundings read, as where it stood between two words: they are read again, so
 * that a second Sensorium on the way changes nothing. Own patterns may match what they leave behind, and are asked once.
 */
function scan(text: string, options: ScannerOptions): string {
  let [before, result] = [text, scanOnce(text, options)]
  for (let rounds = 1; result !== before && rounds < ROUNDS_MAX; rounds++)
    [before, result] = [result, scanOnce(result, options)]
  for (const own of options.patterns) result = replaceOwn(result, own, options.replace)
  return result
}

const ROUNDS_MAX = 4

function scanOnce(text: string, { credentials, emailAddresses, cardNumbers, replace }: ScannerOptions): string {
  let result = text
  if (credentials && text.length >= MIN_CREDENTIAL_LENGTH) {
    const hints = findHints(text)
    if (hints !== 0) result = replaceCredentials(text, hints, replace)
  }
  if (emailAddresses && (result.includes('@') || result.includes('%40')))
    result = replaceEmailAddresses(result, replace)
  return cardNumbers ? replaceCardNumbers(result, replace) : result
}

/** An own pattern may give up on a long text (its stack overflows). Then the whole text goes: better that than a leak. */
function replaceOwn(text: string, { kind, regex }: OwnPattern, replace: Replace): string {
  try {
    return text.replace(regex, secret => (secret === '' ? '' : replace(kind, secret)))
  } catch {
    return replace(kind, text)
  }
}

/** The most telling search goes first: what it replaces is a placeholder to the later ones. */
function replaceCredentials(text: string, hints: number, replace: Replace): string {
  let result = text
  if (hints & PRIVATE_KEY) result = replacePrivateKeys(result, replace)
  if (hints & TOKEN) result = replaceTokens(result, replace)
  if (hints & SCHEME) result = replaceSchemes(result, replace)
  if (hints & COMMON) result = replaceCommonTokens(result, replace)
  if (hints & BASE64) result = replaceWrapped(result, holdsSecret, replace)
  if (hints & URL) result = replaceInUrls(result, replace)
  if (hints & COMMAND) result = replaceInCommands(result, replace)
  if (hints & PAIR) {
    result = replaceInQueries(replaceInSql(result, replace), replace)
    result = replaceNamedValues(replacePairs(result, replace), replace)
    result = replaceInProse(result, replace)
  }
  return result
}

function replaceSchemes(text: string, replace: Replace): string {
  return text.replace(SCHEME_CREDENTIAL, (whole, scheme: string, space: string, value: string) => {
    const isBasic = scheme.toLowerCase() === 'basic'
    if (isBasic ? !isUserAndPassword(value) : !looksRandom(value)) return whole
    return scheme + space + replace(isBasic ? 'password' : 'bearer_token', value)
  })
}

/** One wrapping is undone: what is wrapped twice is not looked at. */
function holdsSecret(unwrapped: string): boolean {
  const hints = findHints(unwrapped) & ~BASE64
  let found = false
  replaceCredentials(unwrapped, hints, (kind, secret) => {
    found = true
    return `[REDACTED:${kind}]${secret.slice(0, 0)}`
  })
  return found || isUserAndPassword(unwrapped.replace(/^basic /i, ''))
}
