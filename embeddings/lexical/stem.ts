/** Endings by length, longest first, with the number of letters that must be left over. */
const ENDINGS: readonly (readonly [string, number])[] = [
  ['ations', 4],
  ['ation', 4],
  ['ating', 4],
  ['ators', 4],
  ['ments', 3],
  ['ated', 4],
  ['ates', 4],
  ['ator', 4],
  ['ment', 3],
  ['ness', 4],
  ['ions', 4],
  ['ings', 3],
  ['able', 4],
  ['ible', 4],
  ['ate', 4],
  ['ing', 3],
  ['ion', 4],
  ['ity', 4],
  ['ers', 4],
  ['ors', 4],
  ['er', 4],
  ['or', 4],
  ['ed', 3],
  ['es', 3],
  ['ly', 4],
  ['al', 4],
  ['s', 3],
]

/**
 * The part that the forms of a word share: connect, connected, connection; retry, retries. Light on purpose (one
 * ending, no exceptions): letter n-grams catch what it misses, and a stem need not be a word.
 */
export function stem(word: string): string {
  if (word.length < 4 || /[^a-z]/.test(word)) return word
  if (word.endsWith('ss') || word.endsWith('us')) return word
  for (const [ending, left] of ENDINGS) {
    if (word.length - ending.length >= left && word.endsWith(ending)) return trimmed(word.slice(0, -ending.length))
  }
  return trimmed(word)
}

/** `dropp` is `drop`, `deny` is `deni`, `refuse` is `refus`. */
function trimmed(word: string): string {
  const last = word.at(-1)!
  if (word.length > 3 && last === word.at(-2) && !'aeiousl'.includes(last)) return word.slice(0, -1)
  if (word.length > 3 && last === 'e') return word.slice(0, -1)
  return last === 'y' ? `${word.slice(0, -1)}i` : word
}
