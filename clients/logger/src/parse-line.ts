/** JSON as a line of pino has it; whole numbers that a double cannot hold are bigint. */
export type Json = string | number | bigint | boolean | null | Json[] | JsonObject
export interface JsonObject {
  [key: string]: Json
}

/** Longer whole numbers than these digits can be past what a double holds exactly. */
const LONG_NUMBER = /[:[,]-?\d{16,}[\]},]/
/** Whole tokens, so that digits of a text or a fraction are not taken for a number. */
const TEXT_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const LONG_WHOLE = /^-?\d{16,}$/
/** In front of the digits, where no line of JSON can have it: a NUL is always escaped in one. */
const MARK = '\0bigint:'

/** Undefined for what is no object in JSON. */
export function parseLine(line: string): JsonObject | undefined {
  try {
    const parsed: unknown = LONG_NUMBER.test(line) ? parseExactly(line) : JSON.parse(line)
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    return isObject ? (parsed as JsonObject) : undefined // of JSON.parse
  } catch {
    return undefined
  }
}

/** pino writes a BigInt with all its digits, and JSON.parse would round them. */
function parseExactly(line: string): unknown {
  let marked: string
  try {
    marked = line.replace(TEXT_OR_NUMBER, found => (LONG_WHOLE.test(found) ? JSON.stringify(MARK + found) : found))
  } catch {
    // A text with millions of escapes is more than a regular expression can hold; a rounded number is less of a loss.
    return JSON.parse(line)
  }
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? bigintOf(value.slice(MARK.length)) : value,
  )
}

/** An application's own text may start with the mark. */
function bigintOf(digits: string): bigint | string {
  return /^-?\d+$/.test(digits) ? BigInt(digits) : MARK + digits
}
