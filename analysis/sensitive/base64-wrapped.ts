import type { Replace } from './secret-values.ts'

/**
 * How base64 begins when a JSON document, a private key, a header or an assignment is wrapped in it: `{"`, `{ `, `{\n`,
 * `[{`, `-----BEGIN`, `Basic `, `Bearer `, `Authorization`, `password`, `PASSWORD`, `secret`, `token`.
 */
export const BASE64_STARTS: readonly string[] =
  'eyJ eyA ewo ewk W3s LS0tLS1CRUdJT QmFzaWMg QmVhcmVyI QXV0aG9yaXphdGlvb cGFzc3dvcm UEFTU1dPUk c2VjcmV0 dG9rZW'.split(
    ' ',
  )

const MIN_LENGTH = 20
/** A longer one is a file, and scanning it costs more than it is worth. */
const MAX_LENGTH = 65_536
const WRAPPED = new RegExp(
  `(?<![A-Za-z0-9+/_.-])(?:${BASE64_STARTS.join('|')})[A-Za-z0-9+/_-]{${MIN_LENGTH - 3}}[A-Za-z0-9+/_-]*(?![.\\w])={0,2}`,
  'g',
)
const TEXT = /^[\t\n\r\x20-\x7e\x80-\uffff]*$/

/** `text` with every run of base64 replaced in which `holdsSecret` finds something once it is unwrapped. */
export function replaceWrapped(text: string, holdsSecret: (unwrapped: string) => boolean, replace: Replace): string {
  return text.replace(WRAPPED, run => {
    if (run.length > MAX_LENGTH) return run
    const unwrapped = Buffer.from(run, 'base64').toString('utf8')
    return TEXT.test(unwrapped) && holdsSecret(unwrapped) ? replace('base64', run) : run
  })
}

/** RFC 7617: `user:password` in base64. So "basic authentication" is not taken for one. */
export function isUserAndPassword(value: string): boolean {
  return /^[\x20-\x39\x3b-\x7e]*:[\x20-\x7e\x80-\xff]*$/.test(Buffer.from(value, 'base64').toString('latin1'))
}
