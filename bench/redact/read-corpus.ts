import { readFileSync } from 'node:fs'
import path from 'node:path'

/** A line of the corpus: a text in which some parts are secret, or none is. */
export interface CorpusLine {
  readonly form: string
  readonly text: string
  /** `text` cut at the marks: every second part, from the second on, is a secret. */
  readonly parts: readonly string[]
}

const ALPHABETS: Readonly<Record<string, string>> = {
  a: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  h: '0123456789abcdef',
  H: '0123456789ABCDEF',
  U: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  l: 'abcdefghijklmnopqrstuvwxyz0123456789',
  d: '0123456789',
  b: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
}

/**
 * `secrets.tsv` or `harmless.tsv`. What has the format of a real credential is made here, from the line's number, so that
 * the files themselves set off no scanner.
 */
export function readCorpus(file: 'secrets.tsv' | 'harmless.tsv'): CorpusLine[] {
  const lines = readFileSync(path.join(import.meta.dirname, '../../analysis/sensitive/corpus', file), 'utf8').split(
    '\n',
  )
  return lines
    .filter(line => line !== '' && !line.startsWith('#'))
    .map((line, number) => {
      const [form = '', marked = ''] = line.split('\t')
      const random = generator(number + 1)
      const made = marked
        .replaceAll(/⟨([ahHUldb])(\d+)⟩/g, (_, alphabet: string, length: string) =>
          Array.from({ length: Number(length) }, () => pick(ALPHABETS[alphabet]!, random)).join(''),
        )
        .replaceAll(/⟨64:([^⟩]*)⟩/g, (_, inner: string) => Buffer.from(inner.replaceAll('↵', '\n')).toString('base64'))
        .replaceAll('↵', '\n')
      const parts = made.split('§')
      return { form, text: parts.join(''), parts }
    })
}

function pick(alphabet: string, random: () => number): string {
  return alphabet[Math.floor(random() * alphabet.length)]!
}

/** Marsaglia's xorshift32: the same corpus on every machine. */
function generator(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 2 ** 32
  }
}
