import { randomUUID } from 'node:crypto'
import type { Context as HonoContext } from 'hono'

const MAX_REQUEST_ID_CHARS = 128

/** The sender's own `x-request-id` where it is printable and short, else a new one. */
export function requestIdOf(c: HonoContext): string {
  const given = c.req.header('x-request-id') ?? ''
  return /^[\x21-\x7e]+$/.test(given) && given.length <= MAX_REQUEST_ID_CHARS ? given : randomUUID()
}
