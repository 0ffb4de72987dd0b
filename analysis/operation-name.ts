import { templateOf } from './log-template/template.ts'

/** Names end here for those who count by them. */
const NAME_CHARS_MAX = 200
/** A name of a version or of a thing (`v2`, `v1beta1`, `oauth2`, `step3`): what it ends with tells it apart. */
const NAME_WITH_DIGITS = /^(?:v\d{1,3}(?:(?:alpha|beta)\d{0,2})?|[a-z]{2,}\d|[a-z]\d)$/i
const SEPARATORS = /([/. ])/

/**
 * The name of an operation without what differs from call to call: `GET /users/123?page=2` is `GET /users/<num>`. Each
 * part between slashes, dots and spaces is read by the scanner of log templates, if it has a digit or an address in it: the
 * scanner by itself would take a path for one variable, and here the path is the name. Pure.
 */
export function operationOf(name: string): string {
  const path = withoutQuery(name)
  if (!/[\d@]/.test(path)) return cut(path)
  if (path.includes('@')) return cut(path.split('/').map(masked).join('/'))
  return cut(path.split(SEPARATORS).map(masked).join(''))
}

/** What comes after the path of a URL or a target; a question mark elsewhere, as in a statement of SQL, stays. */
function withoutQuery(name: string): string {
  const slash = name.indexOf('/')
  const at = slash < 0 ? -1 : name.slice(slash).search(/[?#]/)
  return at < 0 ? name : name.slice(0, slash + at)
}

function masked(part: string): string {
  return !/[\d@]/.test(part) || NAME_WITH_DIGITS.test(part) ? part : templateOf(part).template
}

function cut(name: string): string {
  return name.length <= NAME_CHARS_MAX ? name : name.slice(0, NAME_CHARS_MAX).toWellFormed()
}
