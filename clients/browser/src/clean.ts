/** What an address is told as: where it leads, without query, fragment, user and password. Undefined where it is none. */
export function cleanUrl(url: string, base?: string): string | undefined {
  try {
    const { origin, protocol, host, pathname } = new URL(url, base)
    return `${origin === 'null' ? `${protocol}//${host}` : origin}${pathname}`
  } catch {
    return undefined
  }
}

/** `https://host/path?query`, with what follows up to a blank, a bracket or a quote; `:line:column` of a stack is kept. */
const URL_WITH_QUERY = /(\bhttps?:\/\/[^\s?#()'"<>]*)[?#][^\s()'"<>]*?((?::\d+){0,2})(?=[\s()'"<>]|$)/g

/** A message or a stack, without the queries of the addresses in it, and no longer than `max` characters. */
export function cleanText(text: string, max: number): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text
  return cut.replace(URL_WITH_QUERY, '$1$2')
}
