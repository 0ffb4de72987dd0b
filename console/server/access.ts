import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { userInfo } from 'node:os'
import type { Context as HonoContext } from 'hono'
import { getCookie } from 'hono/cookie'
import type { Context } from '../../pipeline/component.ts'
import { createRateLimits } from '../../pipeline/edge/limits.ts'
import { EdgeRefusal } from '../../pipeline/edge/refusal.ts'
import { addressOf } from '../../pipeline/edge/route.ts'
import { isLoopbackName } from '../../pipeline/listener/hosts.ts'
import { senderOf } from '../../pipeline/sender.ts'
import { hashOfSession, readSession, type User } from '../../store/people/index.ts'
import { type Connections, withConnection } from '../../store/warm-connections.ts'
import type { ConsoleSettings } from '../config.ts'

export const SESSION_COOKIE = 'sensorium_session'

/** Who asks. */
export interface Person extends User {
  /** Undefined on loopback, where nobody signs in. */
  readonly session: string | undefined
  readonly expiresAt: Date | undefined
  /** To be shown with every change: a page of another origin cannot read it. */
  readonly token: string
}

export interface Access {
  /** @throws EdgeRefusal 401, 403, 429 */
  whoAsks(c: HonoContext): Promise<Person>
  /** Who asks for a change. @throws EdgeRefusal also where it may come from a page that is not ours */
  whoChanges(c: HonoContext): Promise<Person>
  /** Whether somebody who asked a while ago is still signed in. */
  isIn(person: Person): Promise<boolean>
  forget(session: string): void
}

/** So long an ended session may still look at things; changes ask the store. */
const KEPT_MS = 2_000
const SESSIONS_KEPT = 1_000

export function createAccess(settings: ConsoleSettings, context: Context, connections: Connections): Access {
  const rates = createRateLimits(settings.requests_per_s, settings.burst_requests)
  const isOpen = context.isHttpLocal && settings.auth?.require_on_loopback !== true
  const localToken = randomBytes(32).toString('base64url')
  const kept = new Map<string, { readonly person: Person; readonly at: number }>()

  async function bySession(session: string, isFresh: boolean): Promise<Person | undefined> {
    const key = hashOfSession(session)
    const known = kept.get(key)
    if (!isFresh && known !== undefined && performance.now() - known.at < KEPT_MS) return known.person
    const user = await withConnection(connections, client => readSession(client, session))
    kept.delete(key)
    if (user === undefined) return undefined
    const person = { ...user, session, token: tokenOf(session) }
    kept.set(key, { person, at: performance.now() })
    if (kept.size > SESSIONS_KEPT) kept.delete(kept.keys().next().value!)
    return person
  }

  async function who(c: HonoContext, isFresh: boolean): Promise<Person> {
    const sender = senderOf(addressOf(c))
    rates.allow(sender, performance.now())
    if (isOpen) {
      // A name that resolves to this machine is not this machine.
      if (!isLoopbackHost(c)) throw new EdgeRefusal(403, 'ask under 127.0.0.1 or localhost')
      return {
        name: accountName(),
        role: 'admin',
        services: undefined,
        session: undefined,
        expiresAt: undefined,
        token: localToken,
      }
    }
    const session = getCookie(c, SESSION_COOKIE)
    const person = session === undefined ? undefined : await bySession(session, isFresh)
    if (person === undefined) {
      if (session !== undefined) rates.failed(sender, performance.now())
      throw new EdgeRefusal(401, session === undefined ? 'sign in first' : 'your session is over; sign in again')
    }
    return person
  }

  return {
    whoAsks: c => who(c, false),
    async whoChanges(c) {
      mustBeOurPage(c)
      const person = await who(c, true)
      if (!isSame(c.req.header('x-sensorium-token') ?? '', person.token)) {
        throw new EdgeRefusal(403, 'the page is older than the server: load it again')
      }
      return person
    },
    isIn: async ({ session }) => session === undefined || (await bySession(session, false)) !== undefined,
    forget: session => void kept.delete(hashOfSession(session)),
  }
}

/** @throws EdgeRefusal 403 where only others may */
export function mustBe({ role }: User, wanted: 'admin' | undefined): void {
  if (wanted === 'admin' && role !== 'admin') throw new EdgeRefusal(403, 'that is for admins')
}

/** @throws EdgeRefusal 403 where a browser says that the request comes from another origin */
export function mustBeOurPage(c: HonoContext): void {
  const site = c.req.header('sec-fetch-site')
  const origin = c.req.header('origin')
  const isOurs = origin === undefined || (URL.canParse(origin) && new URL(origin).host === c.req.header('host'))
  if (!isOurs || (site !== undefined && site !== 'same-origin')) {
    throw new EdgeRefusal(403, 'changes are taken from pages of the console alone')
  }
  if (!/^application\/json\b/.test(c.req.header('content-type') ?? '')) throw new EdgeRefusal(415, 'send JSON')
}

export function isLoopbackHost(c: HonoContext): boolean {
  return isLoopbackName((c.req.header('host') ?? '').replace(/:\d*$/, ''))
}

function tokenOf(session: string): string {
  return createHmac('sha256', session).update('changes').digest('base64url')
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** On loopback whoever asks is taken for the account that runs the server, as the command line does. */
function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return 'somebody on this machine'
  }
}
