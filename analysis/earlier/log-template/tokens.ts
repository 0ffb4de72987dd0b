import { type Kind, PUNCTUATION, TRUNCATED } from './kinds.ts'
import { MAX_TOKENS } from './limits.ts'

/**
 * The tokens of the message that was scanned last, as columns. One buffer serves every scan, since a scan allocates
 * nothing that way (most messages belong to a template that is already known, and then no text is ever built). It is
 * valid until the next scan.
 */
export const tokens = {
  length: 0,
  kinds: new Uint8Array(MAX_TOKENS + 1),
  /** 1 where white space stands before the token. */
  spaced: new Uint8Array(MAX_TOKENS + 1),
  starts: new Int32Array(MAX_TOKENS + 1),
  ends: new Int32Array(MAX_TOKENS + 1),
}

export function clear(): void {
  tokens.length = 0
}

export function isFull(): boolean {
  return tokens.length >= MAX_TOKENS
}

export function push(kind: Kind, start: number, end: number, spaced: number): void {
  const index = tokens.length
  if (index >= MAX_TOKENS) return
  tokens.kinds[index] = kind
  tokens.spaced[index] = spaced
  tokens.starts[index] = start
  tokens.ends[index] = end
  tokens.length = index + 1
}

/** Says that the message goes on, in the place that is kept for it. */
export function pushTruncated(at: number): void {
  tokens.kinds[tokens.length] = TRUNCATED
  tokens.spaced[tokens.length] = 1
  tokens.starts[tokens.length] = at
  tokens.ends[tokens.length] = at
  tokens.length++
}

/** The kind of the token `back` places before the end (1 is the last), or -1. */
export function kindBack(back: number): Kind {
  const index = tokens.length - back
  return index >= 0 ? tokens.kinds[index]! : -1
}

/** True when the token `back` places before the end is exactly this punctuation mark. */
export function isMarkBack(text: string, back: number, code: number): boolean {
  const index = tokens.length - back
  return index >= 0 && tokens.kinds[index] === PUNCTUATION && text.charCodeAt(tokens.starts[index]!) === code
}

/** Makes one token of the last `count`, which keeps the first one's place. */
export function foldLast(count: number, kind: Kind, end: number): void {
  const first = tokens.length - count
  tokens.kinds[first] = kind
  tokens.ends[first] = end
  tokens.length = first + 1
}
