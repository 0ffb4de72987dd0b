import { isOrdinary } from './ordinary-values.ts'
import { secretKind } from './secret-keys.ts'
import { isPlaceholder, looksGenerated, looksRandom, type Replace } from './secret-values.ts'
import { after, quotedAt } from './value-bounds.ts'

/** An object that names its value: `{"name": "DB_PASSWORD", "value": "…"}`, `- name: …`, `<add key="…" value="…"/>`. */
const NAME_AND_VALUE =
  /(?<![\w-])(?:name|key)(\\{0,8}["']?)[ \t]{0,3}[:=][ \t]{0,3}\\{0,8}["']?([\w.-]{1,128})\\{0,8}["']?,?\s{0,16}\\{0,8}["']?value\\{0,8}["']?[ \t]{0,3}[:=][ \t]{0,3}/gi
/** An element that does: `<entry key="smtp.password">…</entry>`, and one with attributes: `<Password Type="…">…</`. */
const ELEMENT =
  /<(?:\w{1,32}:)?(?:\w{1,32}\s(?:key|name)="([\w.-]{1,128})"|([\w.-]{1,128})\s[^<>]{1,200})>(?=[^<>\s][^<>]{0,4096}<\/)/gi
const FORM_FIELD = /\bname=\\?"([\w.-]{1,128})\\?"(?:\r?\n|\\r\\n|\\n){2}/gi
/** Two strings beside each other: `["cookie", "sid=…"]`, `("authorization", "Bearer …")`, `{:authorization, "…"}`. */
const NEIGHBOURS = /(?<![\w.-])(?:(\\{0,8}["'])([\w.-]{3,64})\1|:([\w.-]{3,64})),[ \t]{0,3}(?=\\{0,8}["'])/g
const NETRC = /\blogin\s{1,8}\S{1,128}\s{1,8}(password)\s{1,8}(?=\S)/gi
const REST_OF_LINE = /[^\r\n\\"]{1,4096}/y
const BARE = /[^\s"'`,<>{}]{1,4096}/y

/** `text` with those values replaced whose name stands beside them instead of in front of a separator. */
export function replaceNamedValues(text: string, replace: Replace): string {
  const found: { start: number; end: number; kind: string }[] = []
  const add = (name: string, start: number, end: number, isSecret: (value: string, kind: string) => boolean) => {
    const kind = secretKind(name)
    const value = text.slice(start, end)
    if (kind !== undefined && !isPlaceholder(value) && !isOrdinary(value) && isSecret(value, kind))
      found.push({ start, end, kind })
  }
  const always = () => true
  for (const match of text.matchAll(NAME_AND_VALUE)) {
    const { start, end } = valueFrom(text, match.index + match[0].length)
    add(match[2]!, start, end, always)
  }
  for (const match of text.matchAll(ELEMENT)) {
    const start = match.index + match[0].length
    add(match[1] ?? match[2]!, start, text.indexOf('<', start), always)
  }
  for (const match of text.matchAll(FORM_FIELD)) {
    const start = match.index + match[0].length
    add(match[1]!, start, after(REST_OF_LINE, text, start), always)
  }
  for (const match of text.matchAll(NETRC)) {
    const { start, end } = valueFrom(text, match.index + match[0].length)
    add('password', start, end, always)
  }
  for (const match of text.matchAll(NEIGHBOURS)) {
    const { start, end } = valueFrom(text, match.index + match[0].length)
    add(match[2] ?? match[3]!, start, end, looksLike)
  }
  found.sort((a, b) => a.start - b.start)
  let result = ''
  let from = 0
  for (const { start, end, kind } of found) {
    if (start < from) continue
    result += text.slice(from, start) + replace(kind, text.slice(start, end))
    from = end
  }
  return result + text.slice(from)
}

function valueFrom(text: string, position: number): { start: number; end: number } {
  return quotedAt(text, position) ?? { start: position, end: after(BARE, text, position) }
}

/** Whether a string is what its left neighbour would name: a list of words is more common than a list of headers. */
export function looksLike(value: string, kind: string): boolean {
  if (kind === 'cookie') return /^[^\s=;,]{1,128}=[^\s=]/.test(value)
  if (kind === 'authorization') return /^\w[\w-]{2,30} \S/.test(value) || looksGenerated(value)
  return looksGenerated(value) || (looksRandom(value) && /[A-Za-z]/.test(value) && /\d/.test(value))
}
