import type { Replace } from './secret-values.ts'

/** The first or the last line of a private key in PEM form. */
const MARKER = /-{4,5} ?(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?(?: ?-{4,5})?/g

/** Base64, its line breaks (also escaped ones) and PEM headers: as far as a key can go that was cut off. */
const BODY = /^[A-Za-z0-9+/=\s\\:,.-]*/
const BODY_BACKWARDS = /[A-Za-z0-9+/=\s\\]/

/** Less than this before a lone last line is not the rest of a key. */
const MIN_REST_LENGTH = 16

/** PuTTY's format has no END line: it closes with the MAC, unless it was cut. */
const PUTTY = /PuTTY-User-Key-File-\d:/g
const PUTTY_END = /Private-MAC: [0-9a-f]{1,128}/g
const PUTTY_LENGTH = 'PuTTY-User-Key-File-2:'.length

/** The numbers of a JSON Web Key (RFC 7518, 6.2.2, 6.3.2, 6.4.1) that only its owner may know. */
const JWK_MEMBER = /(["'](?:d|p|q|dp|dq|qi|k)\\*["']\s{0,3}:\s{0,3}\\*["'])([\w=-]{16,4096})/g

/**
 * `text` with private keys replaced, those too that have lost their END line or their BEGIN line, as happens when a
 * message is cut. Public keys and certificates stay.
 */
export function replacePrivateKeys(text: string, replace: Replace): string {
  let result = text
  if (result.includes('PRIVATE KEY')) result = replacePem(result, replace)
  if (result.includes('PuTTY-User-Key-File-')) result = replacePutty(result, replace)
  if (result.includes('"kty')) {
    result = result.replace(JWK_MEMBER, (_, head: string, value: string) => head + replace('private_key', value))
  }
  return result
}

function replacePutty(text: string, replace: Replace): string {
  let result = ''
  let from = 0
  for (const { index } of text.matchAll(PUTTY)) {
    if (index < from) continue
    PUTTY_END.lastIndex = index
    const head = index + PUTTY_LENGTH
    const end = PUTTY_END.test(text) ? PUTTY_END.lastIndex : head + bodyLength(text.slice(head))
    result += text.slice(from, index) + replace('private_key', text.slice(index, end))
    from = end
  }
  return result + text.slice(from)
}

function replacePem(text: string, replace: Replace): string {
  const markers = [...text.matchAll(MARKER)].map(match => ({
    opens: match[1] === 'BEGIN',
    start: match.index,
    end: match.index + match[0].length,
  }))
  let result = ''
  let from = 0
  const cut = (start: number, end: number) => {
    result += text.slice(from, start) + replace('private_key', text.slice(start, end))
    from = end
  }
  for (const [i, { opens, start, end }] of markers.entries()) {
    if (start < from) continue
    if (opens) {
      const next = markers[i + 1]
      const whole = next !== undefined && !next.opens
      cut(start, whole ? next.end : end + bodyLength(text.slice(end, next?.start)))
    } else {
      const bodyStart = startOfBody(text, start, from)
      if (start - bodyStart >= MIN_REST_LENGTH) cut(bodyStart, end)
    }
  }
  return result + text.slice(from)
}

function bodyLength(rest: string): number {
  return BODY.exec(rest)![0].length // may be empty, so it always matches
}

function startOfBody(text: string, position: number, least: number): number {
  let start = position
  while (start > least && BODY_BACKWARDS.test(text[start - 1]!)) start--
  return start
}
