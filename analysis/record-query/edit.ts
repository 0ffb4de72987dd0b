import { fieldNamed } from './fields.ts'
import { quoteValue, type Token, tokensOf } from './tokens.ts'

/**
 * The text with a filter more; a positive one replaces what stood there of its field, so that clicks on one facet after the
 * other move and do not gather. What was typed otherwise stays as it was typed. Pure.
 */
export function withFilter(text: string, key: string, value: string, negated = false): string {
  const kept = negated ? text : without(text, token => sameField(token, key) && !token.negated)
  return `${kept} ${negated ? '-' : ''}${key}:${quoteValue(value)}`.trim()
}

/** The text without any filter of the field, or without that of the value alone. */
export function withoutFilter(text: string, key: string, value?: string): string {
  return without(
    text,
    token => sameField(token, key) && (value === undefined || (token.values.length === 1 && token.values[0] === value)),
  )
}

/** The text with this range instead of any other. */
export function withRange(text: string, from: string, to: string | undefined): string {
  const open = withoutFilter(withoutFilter(text, 'since'), 'until')
  return `${open} since:${quoteValue(from)}${to === undefined ? '' : ` until:${quoteValue(to)}`}`.trim()
}

function sameField({ key }: Token, name: string): boolean {
  if (key === undefined) return false
  return (fieldNamed(key)?.name ?? key) === (fieldNamed(name)?.name ?? name)
}

function without(text: string, goes: (token: Token) => boolean): string {
  const kept = tokensOf(text).filter(token => !goes(token))
  return kept.map(({ start, end }) => text.slice(start, end)).join(' ')
}
