/**
 * What a token of a message can be. Literals come first, so that `kind >= FIRST_VARIABLE` asks "does this vary?".
 * The numbers live only in memory: what is stored is the name, as `<name>` in the template's text.
 */
export const WORD = 0
export const PUNCTUATION = 1
export const FIRST_VARIABLE = 2

const VARIABLE_NAMES = [
  'num',
  'hex',
  'uuid',
  'ip',
  'mac',
  'host',
  'url',
  'email',
  'path',
  'time',
  'duration',
  'size',
  'version',
  'id',
  'base64',
  'class',
  'user',
  'quoted',
  'json',
  'bool',
  'null',
  'truncated',
  'value',
  'unit',
  'client',
] as const

export type VariableName = (typeof VARIABLE_NAMES)[number]
/** WORD, PUNCTUATION or a variable's number. */
export type Kind = number

const numbers = new Map<string, Kind>(VARIABLE_NAMES.map((name, index) => [name, index + FIRST_VARIABLE]))

function numberOf(name: VariableName): Kind {
  return numbers.get(name)!
}

export const NUM = numberOf('num')
export const HEX = numberOf('hex')
export const UUID = numberOf('uuid')
export const IP = numberOf('ip')
export const MAC = numberOf('mac')
export const HOST = numberOf('host')
export const URL = numberOf('url')
export const EMAIL = numberOf('email')
export const PATH = numberOf('path')
export const TIME = numberOf('time')
export const DURATION = numberOf('duration')
export const SIZE = numberOf('size')
export const VERSION = numberOf('version')
export const ID = numberOf('id')
export const BASE64 = numberOf('base64')
export const CLASS = numberOf('class')
export const USER = numberOf('user')
export const QUOTED = numberOf('quoted')
export const JSON_PAYLOAD = numberOf('json')
export const BOOL = numberOf('bool')
export const NULL = numberOf('null')
export const TRUNCATED = numberOf('truncated')
export const VALUE = numberOf('value')
/** Of systemd: `user@1000.service`. */
export const UNIT = numberOf('unit')
/** Who asks, in an access log: the two fields behind the address. */
export const CLIENT = numberOf('client')

/** How a variable of this kind is written in a template, by kind. */
export const PLACEHOLDERS: readonly string[] = ['', '', ...VARIABLE_NAMES.map(name => `<${name}>`)]

export function variableName(kind: Kind): VariableName {
  return VARIABLE_NAMES[kind - FIRST_VARIABLE]!
}

const LONGEST_NAME = Math.max(...VARIABLE_NAMES.map(name => name.length))

/**
 * The kind of the placeholder that stands at `at` (`<num>`), or -1. So a template that is scanned again, because a
 * service logs what it read here, keeps its fingerprint.
 */
export function placeholderAt(text: string, at: number): Kind {
  let close = at + 1
  while (close - at <= LONGEST_NAME + 1 && text.charCodeAt(close) !== 0x3e) close++
  return text.charCodeAt(close) === 0x3e ? (numbers.get(text.slice(at + 1, close)) ?? -1) : -1
}
