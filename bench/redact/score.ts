import type { CorpusLine } from './read-corpus.ts'

export interface Score {
  /** Secrets of which nothing is left, of all. */
  readonly recall: number
  /** Of the texts that were changed, those with a secret in them and nothing else lost. */
  readonly precision: number
  readonly secrets: number
  readonly harmless: number
  readonly leaked: readonly string[]
  readonly destroyed: readonly string[]
}

/** So much of a secret may be left of it: a word that the mark says anyway, such as the scheme before a token. */
const MAX_REST = 6

export function score(
  secrets: readonly CorpusLine[],
  harmless: readonly CorpusLine[],
  scan: (text: string) => string,
): Score {
  const leaked: string[] = []
  const destroyed: string[] = []
  let found = 0
  let total = 0
  let rightTexts = 0
  for (const { form, text, parts } of secrets) {
    const scanned = scan(text)
    const rest = scanned.replaceAll(/\[REDACTED:\w+\]/g, '\0')
    const lost = parts.filter((part, i) => i % 2 === 0 && !scanned.includes(core(part)))
    if (lost.length > 0) destroyed.push(`${form}: ${text} → ${scanned}`)
    else rightTexts++
    for (const [i, secret] of parts.entries()) {
      if (i % 2 === 0) continue
      total++
      if (leftOf(secret, rest)) leaked.push(`${form}: ${text} → ${scanned}`)
      else found++
    }
  }
  for (const { form, text } of harmless) if (scan(text) !== text) destroyed.push(`${form}: ${text} → ${scan(text)}`)
  return {
    recall: found / total,
    precision: rightTexts / (rightTexts + destroyed.length),
    secrets: total,
    harmless: harmless.length,
    leaked,
    destroyed,
  }
}

/** Quotes and spaces beside a secret may go with it. */
function core(part: string): string {
  return part.replaceAll(/^[\s"'`\\]+|[\s"'`\\]+$/g, '')
}

function leftOf(secret: string, scanned: string): boolean {
  if (secret.length <= MAX_REST) return scanned.includes(secret)
  for (let i = 0; i + MAX_REST < secret.length; i++) {
    const piece = secret.slice(i, i + MAX_REST + 1)
    // What the secret's scheme says (Bearer, Basic, Digest) is no secret.
    if (scanned.includes(piece) && !/^(?:bearer|basic|digest|token)/i.test(secret.slice(0, i + MAX_REST + 1)))
      return true
  }
  return false
}
