import { isPlaceholder, looksGenerated, type Replace } from './secret-values.ts'

/**
 * The user (perhaps an e-mail address, perhaps replaced by now), then everything up to the last `@` of the authority, so
 * that an unescaped `@` in a password is covered.
 */
const PASSWORD =
  /(:\/\/[^\s/?#:"'<>[]*(?:\[REDACTED:[\w#-]*\])?[^\s/?#:"'<>]*:)(\[REDACTED:[\w#-]*\](?=@)|[^\s/?#"'<>]+)@/g
/** A user without a password, or with the word that says there is none. */
const USER = /(:\/\/)([^\s/?#:@"'<>[\]\\]{10,512})(?=(?::x-oauth-basic)?@)/g
const ORACLE = /\b(jdbc:oracle:\w{1,8}:\w{1,64}\/|sqlplus (?:-\w{1,4} )?\w{1,64}\/)([^\s@"'/]{1,128})(?=@)/g
/** Names that are secrets in a query only, and there by their looks. */
const PARAMETER = /([?&](?:key|code|ticket|pass)=)([^\s&#"'<>\\;,]{4,4096})/gi
const OAUTH = /[?&]state=|oauth|callback|\/auth\//i

/** `text` with passwords and tokens of URLs replaced. */
export function replaceInUrls(text: string, replace: Replace): string {
  let result = text
  if (result.includes('@')) {
    result = result.replace(PASSWORD, (whole, head: string, password: string) =>
      isPlaceholder(password) || head.endsWith('[REDACTED:') ? whole : `${head}${replace('password', password)}@`,
    )
    result = result.replace(USER, (whole, head: string, user: string) =>
      isToken(user) ? head + replace('token', user) : whole,
    )
    result = result.replace(ORACLE, (whole, head: string, password: string) =>
      isPlaceholder(password) ? whole : head + replace('password', password),
    )
  }
  return result
}

/** `text` with those values of queries replaced that only there, and by their looks, are secrets. */
export function replaceInQueries(text: string, replace: Replace): string {
  const isOauth = OAUTH.test(text)
  return text.replace(PARAMETER, (whole, head: string, value: string) => {
    if (isPlaceholder(value)) return whole
    const name = head.slice(1, -1).toLowerCase()
    if (name === 'pass') return head + replace('password', value)
    if (name === 'code' ? isOauth && value.length >= 10 : looksGenerated(value)) return head + replace('token', value)
    return whole
  })
}

/** Git hosts and Sentry take a token as the user of an URL; people's names are shorter, or without a digit. */
function isToken(user: string): boolean {
  return !isPlaceholder(user) && /\d/.test(user) && /[A-Za-z]/.test(user) && !user.includes('.')
}
