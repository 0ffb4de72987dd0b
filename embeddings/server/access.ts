import { createHash, timingSafeEqual } from 'node:crypto'
import { EmbeddingError } from '../errors.ts'
import type { ServerSettings } from './settings.ts'

/** Splits what the schema accepted, `host:port` or `[v6]:port`. */
export function hostAndPort(endpoint: string): { host: string; port: number } {
  const colon = endpoint.lastIndexOf(':')
  return { host: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(endpoint.slice(colon + 1)) }
}

/** Refuses to listen where strangers could spend our GPU. @throws EmbeddingError SETTINGS_INVALID */
export function assertGuarded({ endpoint, token, insecure }: ServerSettings): void {
  const { host } = hostAndPort(endpoint)
  const isLoopback = host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
  if (isLoopback || token !== undefined || insecure) return
  throw new EmbeddingError(
    'SETTINGS_INVALID',
    `the endpoint ${endpoint} can be reached from other machines, and anyone could use the service; ` +
      'set a token, listen on 127.0.0.1, or say insecure',
  )
}

/** Tells whether an `authorization` header holds the token, in time that does not depend on how much of it is right. */
export function tokenCheck(token: string | undefined): (authorization: string | undefined) => boolean {
  if (token === undefined) return () => true
  const known = digest(token)
  return authorization => {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
    // Nothing at all is no token: the settings want 16 characters.
    return timingSafeEqual(known, digest(given ?? ''))
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
