import { globSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/**
 * Counts which letters follow which in the words of this project's documentation and of the README files of the packages
 * that the lock file pins, and writes the table by which `analysis/log-template/randomness.ts` tells words from random
 * letters: `node scripts/letter-pairs.ts`, after `npm ci`. To be run by hand: another table is another version of the
 * templates. Only counts of pairs of letters are kept.
 */
const ROOT = path.resolve(import.meta.dirname, '..')
const TARGET = path.join(ROOT, 'analysis/log-template/letter-pairs.ts')
/** Rarer words are typing errors and random strings in examples. */
const MIN_COUNT = 4
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
/** Four steps are a factor of e. */
const STEPS = 4
const [LOWEST, HIGHEST] = [-24, 12]

const counts = new Map<string, number>()
for (const file of globSync(['docs/**/*.md', 'node_modules/**/README*.md'], { cwd: ROOT })) {
  for (const name of readFileSync(path.join(ROOT, file), 'utf8').match(/[A-Za-z]+/g) ?? []) {
    for (const word of name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []) {
      if (word.length < 3 || word.length > 20) continue
      counts.set(word.toLowerCase(), (counts.get(word.toLowerCase()) ?? 0) + 1)
    }
  }
}
const pairs = new Map<string, number>()
const firsts = new Map<string, number>()
let words = 0
for (const [word, count] of counts) {
  if (count < MIN_COUNT) continue
  words++
  const weight = Math.log(1 + count)
  const bounded = `^${word}$`
  for (let at = 0; at + 1 < bounded.length; at++) {
    const pair = bounded.slice(at, at + 2)
    pairs.set(pair, (pairs.get(pair) ?? 0) + weight)
    firsts.set(bounded[at]!, (firsts.get(bounded[at]!) ?? 0) + weight)
  }
}
const rows = [...`^${LETTERS}`].map(first =>
  [...`${LETTERS}$`]
    .map(second => {
      const share = ((pairs.get(first + second) ?? 0) + 0.5) / ((firsts.get(first) ?? 0) + 0.5 * 27)
      const steps = Math.max(LOWEST, Math.min(HIGHEST, Math.round(STEPS * Math.log(share * 27))))
      return String.fromCharCode(0x41 + steps - LOWEST)
    })
    .join(''),
)
const body = rows.map(row => `  ${JSON.stringify(row)},`.replaceAll('"', row.includes("'") ? '"' : "'")).join('\n')
writeFileSync(
  TARGET,
  `/**
 * How much likelier than by chance a letter follows another in words: made by \`scripts/letter-pairs.ts\` from ${words} words.
 * Rows: the beginning of a word, a to z; columns: a to z, the end of a word. \`A\` is ${LOWEST} quarters of a natural logarithm.
 */
export const LETTER_PAIRS = [
${body.replaceAll('\\\\', '\\\\')}
]
`,
)
