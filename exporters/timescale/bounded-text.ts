import { hash } from 'node:crypto'

/**
 * What a text in an indexed column may have. A B-tree refuses an entry past a third of a page (about 2,700 bytes), and
 * an index holds up to two such texts; 255 UTF-16 units are 765 bytes at the most. OpenTelemetry's own limit on an
 * instrument's name is 255 too.
 */
const INDEXED_TEXT_CHARS_MAX = 255
const DIGEST_CHARS = 16

/**
 * `value` if it is short enough, else its beginning, `~` and a digest of the whole: two long texts that differ stay two
 * values. The full text of what came as an attribute is still in the record's or the resource's attributes.
 */
export function boundedText(value: string): string {
  if (value.length <= INDEXED_TEXT_CHARS_MAX) return value
  const digest = hash('sha256', value, 'hex').slice(0, DIGEST_CHARS)
  // toWellFormed: the cut may go through a surrogate pair.
  return `${value.slice(0, INDEXED_TEXT_CHARS_MAX - DIGEST_CHARS - 1).toWellFormed()}~${digest}`
}

export function isBounded(value: string): boolean {
  return value.length <= INDEXED_TEXT_CHARS_MAX
}
