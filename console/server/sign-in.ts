import type { Context as HonoContext } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import { z } from 'zod'
import { createTurns } from '../../mcp/in-turn.ts'
import type { Context } from '../../pipeline/component.ts'
import { createRateLimits } from '../../pipeline/edge/limits.ts'
import { EdgeRefusal } from '../../pipeline/edge/refusal.ts'
import { addressOf } from '../../pipeline/edge/route.ts'
import { senderOf } from '../../pipeline/sender.ts'
import { endSession, type NewSession, noteAction, signIn } from '../../store/people/index.ts'
import { type Connections, withConnection } from '../../store/warm-connections.ts'
import type { ConsoleSettings } from '../config.ts'
import { type Access, isLoopbackHost, mustBeOurPage, SESSION_COOKIE } from './access.ts'
import { refused } from './answers.ts'
import { readBody } from './bodies.ts'
import { addOidc } from './oidc/index.ts'

const credentials = z.strictObject({ name: z.string().min(1).max(200), password: z.string().min(1).max(1_024) })

/** Of one address, and of one name whoever tries it: ten at once, then one every ten seconds. */
const TRIES_PER_S = 0.1
const TRIES_AT_ONCE = 10
/** Each takes 19 MiB and a tenth of a second of a core. */
const HASHES_AT_ONCE = 2
const HASHES_WAITING = 32
const HOUR_MS = 3_600_000

/** POST /console/api/sign-in and sign-out, GET /console/api/me. */
export function addSignIn(settings: ConsoleSettings, context: Context, connections: Connections, access: Access): void {
  const tries = createRateLimits(TRIES_PER_S, TRIES_AT_ONCE)
  const inTurn = createTurns(HASHES_AT_ONCE, HASHES_WAITING)
  const { auth } = settings

  async function enter(c: HonoContext): Promise<Response> {
    mustBeOurPage(c)
    if (auth === undefined) throw new EdgeRefusal(404, 'nobody signs in here: receivers.console.auth is not set')
    if (!auth.passwords) throw new EdgeRefusal(404, 'nobody signs in with a password here')
    const { name, password } = await readBody(c, context, credentials)
    const now = performance.now()
    try {
      tries.allow(senderOf(addressOf(c)), now)
      tries.allow(`name ${name}`, now)
    } catch (error) {
      if (!(error instanceof EdgeRefusal)) throw error
      const retryAfterMs = error.retryAfterMs ?? 10_000
      throw new EdgeRefusal(429, `too many tries: wait ${Math.ceil(retryAfterMs / 1000)} s`, { retryAfterMs })
    }
    const session = await inTurn(() =>
      withConnection(connections, async client => {
        const made = await signIn(client, name, password, auth.session_hours * HOUR_MS)
        if (made !== undefined)
          await noteAction(client, { name, role: 'viewer', services: undefined }, 'sign-in', 'session', {})
        return made
      }),
    )
    if (session === undefined) throw new EdgeRefusal(401, 'this name and this password do not belong together')
    keep(c, session)
    return c.json({ data: {} })
  }

  // A browser sends it over TLS only; this machine needs none.
  const isSecure = (c: HonoContext) => auth?.behind_tls !== false && !isLoopbackHost(c)
  const keep = (c: HonoContext, { token, expiresAt }: NewSession) =>
    setCookie(c, SESSION_COOKIE, token, {
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
      secure: isSecure(c),
      expires: expiresAt,
    })

  async function leave(c: HonoContext): Promise<Response> {
    const { session } = await access.whoChanges(c)
    if (session !== undefined) {
      await withConnection(connections, client => endSession(client, session))
      access.forget(session)
    }
    deleteCookie(c, SESSION_COOKIE, { path: '/' })
    return c.json({ data: {} })
  }

  async function me(c: HonoContext): Promise<Response> {
    const { name, role, services, session, token } = await access.whoAsks(c)
    return c.json({
      name,
      role,
      services,
      isSignedIn: session !== undefined,
      token,
      otlp_endpoint: settings.otlp_endpoint,
    })
  }

  const answered = (work: (c: HonoContext) => Promise<Response>) => async (c: HonoContext) => {
    try {
      return await work(c)
    } catch (error) {
      const { response, refusal } = refused(c, error)
      if (refusal.isFault) context.logger.error({ err: error }, 'signing in failed unexpectedly')
      return response
    }
  }
  context.http.get('/console/api/sign-in', c =>
    c.json({ passwords: auth?.passwords === true, oidc: auth?.oidc?.label }),
  )
  context.http.post('/console/api/sign-in', answered(enter))
  if (auth?.oidc !== undefined) {
    const lent = { sessionMs: auth.session_hours * HOUR_MS, isSecure, enter: keep }
    addOidc(auth.oidc, context, connections, lent)
  }
  context.http.post('/console/api/sign-out', answered(leave))
  context.http.get('/console/api/me', answered(me))
}
