import type { Attributes } from '@opentelemetry/api'

/** Methods that OpenTelemetry knows; any other is `_OTHER`, lest a stranger's methods become span names. */
const METHODS = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE'])

export function methodAttributes(method: string): Attributes {
  const known = method.toUpperCase()
  if (METHODS.has(known)) return { 'http.request.method': known }
  return { 'http.request.method': '_OTHER', 'http.request.method_original': method }
}

/** The first part of a span's name. */
export function methodName(method: string): string {
  const known = method.toUpperCase()
  return METHODS.has(known) ? known : 'HTTP'
}

/** Query strings carry names, mail addresses and tokens: they are never recorded. */
export function withoutQuery(pathOrUrl: string): string {
  const end = pathOrUrl.search(/[?#]/)
  return end < 0 ? pathOrUrl : pathOrUrl.slice(0, end)
}

/** Of a request that goes to `origin`, such as `https://api.example:8443`; without user and password. */
export function targetAttributes(origin: string, path: string): Attributes {
  const url = new URL(origin)
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  return {
    'url.full': `${url.protocol}//${url.host}${withoutQuery(path)}`,
    'server.address': url.hostname.replace(/^\[|\]$/g, ''),
    'server.port': port,
  }
}
