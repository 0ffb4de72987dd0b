import type { Context as HonoContext } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { z } from 'zod'
import { createTurns } from '../../../mcp/in-turn.ts'
import { ToolRefusal } from '../../../mcp/refusal.ts'
import type { Context } from '../../../pipeline/component.ts'
import { createRateLimits } from '../../../pipeline/edge/limits.ts'
import { EdgeRefusal } from '../../../pipeline/edge/refusal.ts'
import { addressOf } from '../../../pipeline/edge/route.ts'
import { senderOf } from '../../../pipeline/sender.ts'
import { signInFrom } from '../../../store/people/elsewhere.ts'
import { noteAction } from '../../../store/people/index.ts'
import { type Connections, withConnection } from '../../../store/warm-connections.ts'
import type { OidcSettings } from './config.ts'
import { SignInFault } from './fault.ts'
import { userOf } from './grants.ts'
import { CALLBACK, createProvider } from './provider.ts'

/** Each asks the provider, who is to be spared: of one address, which may be that of a whole company. */
const TRIES_PER_S = 2
const TRIES_AT_ONCE = 100
const AT_ONCE = 16
const WAITING = 64
/** People look for their second factor. */
const BEGUN_S = 900
const COOKIE = 'sensorium_sign_in'

const begunKept = z.strictObject({ state: z.string(), nonce: z.string(), verifier: z.string(), to: z.string() })

interface Lent {
  readonly sessionMs: number
  readonly isSecure: (c: HonoContext) => boolean
  /** Gives the browser its session. */
  readonly enter: (c: HonoContext, session: { readonly token: string; readonly expiresAt: Date }) => void
}

/** GET /console/api/sign-in/oidc sends a browser to the provider, from which it comes back to …/callback. */
export function addOidc(settings: OidcSettings, context: Context, connections: Connections, lent: Lent): void {
  const provider = createProvider(settings)
  const tries = createRateLimits(TRIES_PER_S, TRIES_AT_ONCE)
  const inTurn = createTurns(AT_ONCE, WAITING)
  const cookie = (c: HonoContext) =>
    ({ path: '/console/api/sign-in', httpOnly: true, secure: lent.isSecure(c), sameSite: 'Lax' }) as const

  async function begin(c: HonoContext): Promise<Response> {
    const { url, begun } = await provider.begin()
    const kept = JSON.stringify({ ...begun, to: ownPath(c.req.query('to'), settings.public_url) })
    // Lax: it is to come along when the provider sends the browser back.
    setCookie(c, COOKIE, kept, { ...cookie(c), maxAge: BEGUN_S })
    return c.redirect(url.href)
  }

  async function finish(c: HonoContext): Promise<Response> {
    const begun = keptOf(getCookie(c, COOKIE))
    deleteCookie(c, COOKIE, cookie(c))
    if (begun === undefined) throw new SignInFault('stale', 'no sign-in was begun by this browser')
    const claims = await provider.finish(new URL(c.req.url).search, begun)
    const user = userOf(claims, settings)
    const session = await withConnection(connections, async client => {
      const made = await signInFrom(client, { issuer: claims.iss, subject: claims.sub }, user, lent.sessionMs)
      if (typeof made === 'string') throw new SignInFault(made, `${user.name} is not let in: ${made}`)
      await noteAction(client, user, 'sign-in', 'session', { issuer: claims.iss })
      return made
    })
    lent.enter(c, session)
    return c.redirect(begun.to)
  }

  const said = (work: (c: HonoContext) => Promise<Response>) => async (c: HonoContext) => {
    try {
      tries.allow(senderOf(addressOf(c)), performance.now())
      return await inTurn(() => work(c))
    } catch (error) {
      const code = codeOf(error)
      if (code === 'failed') context.logger.error({ err: error }, 'signing in elsewhere failed unexpectedly')
      else
        context.logger.warn(
          { reason: code, detail: error instanceof Error ? error.message : '' },
          'somebody was not signed in',
        )
      return c.redirect(`/?sign-in=${code}`)
    }
  }
  context.http.get('/console/api/sign-in/oidc', said(begin))
  context.http.get(CALLBACK, said(finish))
}

function codeOf(error: unknown) {
  if (error instanceof SignInFault) return error.code
  return error instanceof EdgeRefusal || error instanceof ToolRefusal ? 'busy' : 'failed'
}

function keptOf(text: string | undefined) {
  try {
    return begunKept.safeParse(JSON.parse(text ?? '')).data
  } catch {
    return undefined
  }
}

/** Where to go on: an address of ours or the home page, wherever a link wants to lead. */
function ownPath(to: string | undefined, home: string): string {
  if (to === undefined || !URL.canParse(to, home)) return '/'
  const url = new URL(to, home)
  return url.origin === new URL(home).origin ? `${url.pathname}${url.search}` : '/'
}
