import type { Replace } from './secret-values.ts'

/** RFC 5321, 4.5.3.1. They also bound the work for each `@`. */
const MAX_LOCAL_LENGTH = 64
const MAX_DOMAIN_LENGTH = 255

/** `@`, and as it stands in a URL. */
const AT = /@|%40/g
const LOCAL_CHARACTER = /[A-Za-z0-9._+'~-]|[^\x00-\x7f]/
const DOMAIN = /(?:[A-Za-z0-9-]|[^\x00-\x7f\s]){1,63}(?:\.(?:[A-Za-z0-9-]|[^\x00-\x7f\s]){1,63}){1,10}/y
/** A top-level domain has two letters or more, and `logo@2x.png` is a file. */
const TOP_LEVEL = /\.(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]{2,59}|[^\x00-\x7f]{2,24})$/
const FILE_ENDING = /\.(?:png|jpe?g|gif|svg|webp|avif|ico|css|scss|m?js|jsx|tsx?|json|map|html?|md|txt|ya?ml)$/i
/** What follows the host of a git remote. */
const GIT_PATH = /:[\w.~-]{1,64}\//y

/** `text` with every e-mail address replaced. `git@host:path` and `package@1.2.3` are none. */
export function replaceEmailAddresses(text: string, replace: Replace): string {
  let result = ''
  let from = 0
  for (const at of text.matchAll(AT)) {
    if (at.index < from) continue
    const start = startOfLocal(text, at.index, from)
    const end = endOfDomain(text, at.index + at[0].length)
    if (start === at.index || end === undefined) continue
    result += text.slice(from, start) + replace('email', text.slice(start, end))
    from = end
  }
  return result + text.slice(from)
}

function startOfLocal(text: string, at: number, least: number): number {
  const first = Math.max(least, at - MAX_LOCAL_LENGTH)
  let start = at
  while (start > first && LOCAL_CHARACTER.test(text[start - 1]!)) start--
  while (start < at && /[.'~-]/.test(text[start]!)) start++ // punctuation before the address, not part of it
  return start
}

function endOfDomain(text: string, position: number): number | undefined {
  DOMAIN.lastIndex = position
  const domain = DOMAIN.exec(text)?.[0].replace(/-+$/, '')
  if (domain === undefined || domain.length > MAX_DOMAIN_LENGTH) return undefined
  if (!TOP_LEVEL.test(domain) || FILE_ENDING.test(domain)) return undefined
  const end = position + domain.length
  GIT_PATH.lastIndex = end
  return GIT_PATH.test(text) ? undefined : end
}
