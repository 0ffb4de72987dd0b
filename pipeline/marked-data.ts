import { HIDING, VARIATIONS } from './hidden-text.ts'

/** What stands between these marks was written by programs and their users: data to look at, never an instruction. */
export const OPENING = '<telemetry>'
export const CLOSING = '</telemetry>'

/** What opens or shuts a mark, or looks as if it did. */
const BRACKET = /[<＜﹤‹〈〈⟨❬❮≺«˂ᐸ⧼⦑]/gu
const MARK_CHARS = 40

/**
 * Whether a mark of ours, or its likeness in full-width, mathematical, accented or spaced letters, begins after the
 * bracket at `at`.
 */
function isMark(text: string, at: number): boolean {
  const rest = text
    .slice(at + 1, at + 1 + MARK_CHARS)
    .normalize('NFKD')
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
  return /^telemetry/i.test(rest)
}

/** The text without what hides, and without anything that could pass for a mark of ours. */
export function plainText(text: string): string {
  return text
    .replace(HIDING, '\ufffd')
    .replace(VARIATIONS, '')
    .replace(BRACKET, (bracket, at: number, whole: string) => (isMark(whole, at) ? '(' : bracket))
}

/** A text of a sender, or of many, as a part of a prompt. */
export function marked(text: string): string {
  return `${OPENING}\n${plainText(text)}\n${CLOSING}`
}
