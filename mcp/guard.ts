import type { Context as HonoContext, MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { Context } from '../pipeline/component.ts'
import { createRateLimits } from '../pipeline/edge/limits.ts'
import { EdgeRefusal } from '../pipeline/edge/refusal.ts'
import { addressOf } from '../pipeline/edge/route.ts'
import { senderOf } from '../pipeline/sender.ts'
import type { Principal } from './server.ts'
import { createTokenCheck } from './tokens.ts'

/** What clients in web pages send. */
const PAGE_HEADERS = [
  'authorization',
  'content-type',
  'accept',
  'mcp-protocol-version',
  'mcp-session-id',
  'mcp-method',
  'mcp-name',
  'last-event-id',
]

interface GuardSettings {
  readonly require_token: boolean
  readonly allowed_origins: readonly string[]
  readonly requests_per_s: number
  readonly burst_requests: number
}

/** Who asks, or an EdgeRefusal. */
export function createGuard(settings: GuardSettings, context: Context): (c: HonoContext) => Promise<Principal> {
  const rates = createRateLimits(settings.requests_per_s, settings.burst_requests)
  const tokenOf = createTokenCheck(context.database)
  const isOpen = context.isHttpLocal && !settings.require_token
  return async c => {
    const address = addressOf(c)
    const origin = c.req.header('origin')
    if (origin !== undefined && !isAllowedOrigin(origin, settings, context)) {
      throw new EdgeRefusal(403, 'web pages of this origin may not ask; name it in allowed_origins of the receiver mcp')
    }
    // A name that resolves to this machine is not this machine: only loopback's own names may ask without a token.
    if (isOpen && !isLocalHost(c.req.header('host'))) throw new EdgeRefusal(403, 'ask under 127.0.0.1 or localhost')
    const authorization = c.req.header('authorization')
    if (authorization === undefined && isOpen) {
      rates.allow(senderOf(address), performance.now())
      return { name: 'local', services: undefined }
    }
    const token = await tokenOf(authorization)
    if (token === undefined) {
      c.header('www-authenticate', 'Bearer')
      rates.failed(senderOf(address), performance.now())
      throw new EdgeRefusal(401, 'send authorization: Bearer TOKEN; `sensorium tokens add` makes one')
    }
    rates.allow(senderOf(address, token.tokenId), performance.now())
    return { name: `${token.name} (${token.tokenId})`, services: token.services }
  }
}

function isAllowedOrigin(origin: string, settings: GuardSettings, { isHttpLocal }: Context): boolean {
  if (settings.allowed_origins.includes(origin)) return true
  return isHttpLocal && URL.canParse(origin) && isLocalHost(new URL(origin).host)
}

function isLocalHost(host: string | undefined): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i.test(host ?? '')
}

/** CORS for the web pages that may ask. */
export function allowPages(settings: GuardSettings, context: Context): MiddlewareHandler {
  return cors({
    origin: origin => (isAllowedOrigin(origin, settings, context) ? origin : null),
    allowMethods: ['POST'],
    allowHeaders: PAGE_HEADERS,
    exposeHeaders: ['mcp-session-id', 'www-authenticate', 'retry-after'],
  })
}
