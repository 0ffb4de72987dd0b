/** A piece of a question as it was typed. Words have no key. */
export interface Token {
  readonly negated: boolean
  readonly key: string | undefined
  /** Without quotes and backslashes; several where commas divide what is not quoted. */
  readonly values: readonly string[]
  readonly isQuoted: boolean
  /** In the text, for who replaces it. */
  readonly start: number
  readonly end: number
  /** A quote is open at the end. */
  readonly isOpen: boolean
}

const KEY = /^[A-Za-z@_][\w.@/-]*:/

/** Splits at spaces outside quotes. Never throws: what is typed is unfinished most of the time. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text[at]!)) {
      at += 1
      continue
    }
    const start = at
    const negated = text[at] === '-' && at + 1 < text.length && !/\s/.test(text[at + 1]!)
    if (negated) at += 1
    const typed = KEY.exec(text.slice(at, at + 256))?.[0]
    // An address, and a word that ends a clause, are words.
    const isWord =
      typed === undefined || text.startsWith('//', at + typed.length) || isEnd(text, at + typed.length, typed)
    if (!isWord) at += typed!.length
    const read = readValues(text, at, !isWord)
    at = read.end
    tokens.push({ negated, key: isWord ? undefined : typed!.slice(0, -1), ...read, start })
  }
  return tokens
}

function isEnd(text: string, at: number, typed: string): boolean {
  return (at >= text.length || /\s/.test(text[at]!)) && /^[A-Z]/.test(typed)
}

function readValues(text: string, from: number, divides: boolean) {
  const values: string[] = []
  let value = ''
  let at = from
  let isQuoted = false
  let isOpen = false
  for (; at < text.length && !/\s/.test(text[at]!); at++) {
    const one = text[at]!
    if (one === '"') {
      isQuoted = true
      isOpen = true
      for (at += 1; at < text.length && text[at] !== '"'; at++) {
        if (text[at] === '\\' && at + 1 < text.length) at += 1
        value += text[at]
      }
      isOpen = at >= text.length
    } else if (divides && one === ',') {
      values.push(value)
      value = ''
    } else value += one
  }
  values.push(value)
  return {
    values: values.length > 1 ? values.filter(item => item !== '') : values,
    isQuoted,
    isOpen,
    end: Math.min(at, text.length),
  }
}

/** A value as it has to be typed. */
export function quoteValue(value: string): string {
  return /^[^\s",\\]+$/.test(value) ? value : `"${value.replaceAll(/["\\]/g, one => `\\${one}`)}"`
}
