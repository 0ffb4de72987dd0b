import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { generateKeyPair, type JWTPayload, UnsecuredJWT } from 'jose'
import { withClient } from '../../../store/connect.ts'
import { disableUser, putUser } from '../../../store/people/index.ts'
import { freePort } from '../../../tests/postgres-server.ts'
import { CLIENT, openProvider, type TestProvider } from '../../testing/provider.ts'
import { openConsole } from '../../testing/server.ts'

/** A browser as far as redirects and cookies go. */
function browser() {
  const jars = new Map<string, Map<string, string>>()
  const jarOf = (url: string) => {
    const { host } = new URL(url)
    if (!jars.has(host)) jars.set(host, new Map())
    return jars.get(host)!
  }
  async function get(url: string): Promise<Response> {
    const jar = jarOf(url)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { headers: { cookie }, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value === '' || /max-age=0|expires=thu, 01 jan 1970/i.test(line)) jar.delete(name!)
      else jar.set(name!, value!)
    }
    return response
  }
  return {
    jarOf,
    get,
    /** Follows redirects up to an address that fits, which is not asked for. */
    async follow(from: string, until: (url: string) => boolean): Promise<string> {
      let url = from
      for (let n = 0; n < 12; n++) {
        const response = await get(url)
        assert.equal(
          response.status >= 300 && response.status < 400,
          true,
          `${url}: ${response.status} ${await response.text()}`,
        )
        url = new URL(response.headers.get('location')!, url).href
        if (until(url)) return url
      }
      throw new Error(`redirects do not end: ${url}`)
    },
  }
}

const GRANTS = [
  { has: 'admins', role: 'admin' },
  { has: 'shop team', role: 'responder', services: ['shop'] },
  { has: 'partners', role: 'viewer', services_claim: 'sees' },
] as const

interface Stage {
  readonly provider: TestProvider
  readonly url: string
  readonly console: Awaited<ReturnType<typeof openConsole>>
}

/** A provider, and a console whose people sign in there. */
async function stage(t: TestContext, more: object = {}): Promise<Stage> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const provider = await openProvider(t, `${url}/console/api/sign-in/oidc/callback`)
  const oidc = { ...CLIENT, issuer: provider.issuer, public_url: url, grants: GRANTS, ...more }
  const opened = await openConsole(t, { auth: { require_on_loopback: true, oidc } }, {}, undefined, port)
  return { provider, url, console: opened }
}

/** From the button to where the browser ends up at the console. */
async function enter(
  { url }: Stage,
  me = browser(),
  to = '/problems/1?range=1h',
): Promise<{ readonly at: string; readonly me: ReturnType<typeof browser> }> {
  const back = await me.follow(`${url}/console/api/sign-in/oidc?${new URLSearchParams({ to })}`, place =>
    place.startsWith(url),
  )
  const at = back.includes('/callback?') ? await me.follow(back, () => true) : back
  return { at: at.slice(url.length), me }
}

const sessionOf = (me: ReturnType<typeof browser>, url: string) => me.jarOf(url).get('sensorium_session')

const nobody = async ({ console: { client } }: Stage) =>
  assert.deepEqual(
    (await client.query('SELECT name FROM console_users UNION ALL SELECT name FROM console_sessions')).rows,
    [],
  )

test('who signs in at the provider has the role and the scope of the first grant that fits, and is in the audit', async t => {
  const at = await stage(t)
  at.provider.account = {
    sub: 's-1',
    email: 'nana@example.com',
    email_verified: true,
    groups: ['partners', 'shop team'],
    sees: ['pay'],
  }
  const { at: place, me } = await enter(at)
  assert.equal(place, '/problems/1?range=1h')
  const cookie = `sensorium_session=${sessionOf(me, at.url)}`
  const asked = await fetch(`${at.url}/console/api/me`, { headers: { cookie } })
  const { name, role, services, isSignedIn } = (await asked.json()) as Record<string, unknown>
  assert.deepEqual(
    { name, role, services, isSignedIn },
    { name: 'nana@example.com', role: 'responder', services: ['shop'], isSignedIn: true },
  )
  const { rows } = await at.console.client.query('SELECT person, role, action, detail FROM console_actions')
  assert.deepEqual(rows, [
    { person: 'nana@example.com', role: 'responder', action: 'sign-in', detail: { issuer: at.provider.issuer } },
  ])
  // What the provider says the next time holds, and the same subject stays the same person.
  at.provider.account = { sub: 's-1', email: 'nana.new@example.com', groups: 'partners', sees: ['pay', 'web'] }
  await enter(at)
  const { rows: users } = await at.console.client.query('SELECT name, role, services, password_hash FROM console_users')
  assert.deepEqual(users, [{ name: 'nana@example.com', role: 'viewer', services: ['pay', 'web'], password_hash: null }])
})

test('the session of a browser is set as that of a password is, and what it kept meanwhile is gone', async t => {
  const at = await stage(t)
  at.provider.account = { sub: 's-1', email: 'a@example.com', groups: ['admins'] }
  const me = browser()
  const begin = await me.get(`${at.url}/console/api/sign-in/oidc`)
  assert.match(
    begin.headers.get('set-cookie')!,
    /^sensorium_sign_in=[^;]+; Max-Age=900; Path=\/console\/api\/sign-in; HttpOnly; SameSite=Lax$/,
  )
  const asked = new URL(begin.headers.get('location')!).searchParams
  assert.equal(asked.get('code_challenge_method'), 'S256')
  assert.ok(asked.get('nonce')!.length >= 43 && asked.get('state')!.length >= 43)
  const back = await me.follow(begin.headers.get('location')!, place => place.startsWith(at.url))
  const end = await me.get(back)
  assert.match(
    end.headers.getSetCookie().join('\n'),
    /^sensorium_session=[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/m,
  )
  assert.equal(me.jarOf(at.url).has('sensorium_sign_in'), false)
})

const HOUR_S = 3_600
type Tamper = NonNullable<TestProvider['tamper']>
const lies: readonly (readonly [name: string, tamper: Tamper])[] = [
  ['the nonce of another sign-in', (claims, sign) => sign({ ...claims, nonce: 'x'.repeat(43) })],
  ['no nonce', ({ nonce: _, ...claims }: JWTPayload, sign) => sign(claims)],
  ['another issuer', (claims, sign) => sign({ ...claims, iss: 'https://evil.example' })],
  ['another audience', (claims, sign) => sign({ ...claims, aud: 'another client' })],
  [
    'two audiences and the other as the party',
    (claims, sign) => sign({ ...claims, aud: ['sensorium', 'x'], azp: 'x' }),
  ],
  ['an expiry that is past', (claims, sign) => sign({ ...claims, exp: Math.floor(Date.now() / 1000) - HOUR_S })],
  ['another subject than the one who is asked about', (claims, sign) => sign({ ...claims, sub: 'an admin' })],
  ['the signature of another key', async (claims, sign) => sign(claims, (await generateKeyPair('RS256')).privateKey)],
  ['no signature', async claims => new UnsecuredJWT(claims).encode()],
]
test('an ID token that lies signs nobody in', async t => {
  const at = await stage(t)
  at.provider.account = { sub: 's-1', email: 'a@example.com', groups: ['admins'] }
  for (const [name, tamper] of lies) {
    await t.test(name, async () => {
      at.provider.tamper = tamper
      const { at: place, me } = await enter(at)
      assert.equal(place, '/?sign-in=not_trusted')
      assert.equal(sessionOf(me, at.url), undefined)
      await nobody(at)
    })
  }
  at.provider.tamper = undefined
  assert.equal((await enter(at)).at, '/problems/1?range=1h')
})

test('a code is good once, for the browser that began, and with its state', async t => {
  const at = await stage(t)
  at.provider.account = { sub: 's-1', email: 'a@example.com', groups: ['admins'] }
  const me = browser()
  const isBack = (place: string) => place.startsWith(at.url)
  const back = await me.follow(`${at.url}/console/api/sign-in/oidc`, isBack)
  const kept = me.jarOf(at.url).get('sensorium_sign_in')!
  const other = await browser().get(back)
  assert.equal(other.headers.get('location'), '/?sign-in=stale')
  const changed = new URL(back)
  changed.searchParams.set('state', 'x'.repeat(43))
  assert.equal((await me.get(changed.href)).headers.get('location'), '/?sign-in=not_trusted')
  me.jarOf(at.url).set('sensorium_sign_in', kept)
  assert.equal((await me.get(back)).headers.get('location'), '/')
  me.jarOf(at.url).set('sensorium_sign_in', kept)
  assert.equal((await me.get(back)).headers.get('location'), '/?sign-in=stale')
  // The browser of somebody else, who was made to come back with a code that is good for us.
  const mine = await browser().follow(`${at.url}/console/api/sign-in/oidc`, isBack)
  const theirs = browser()
  await theirs.get(`${at.url}/console/api/sign-in/oidc`)
  assert.equal((await theirs.get(mine)).headers.get('location'), '/?sign-in=not_trusted')
  assert.equal((await at.console.client.query('SELECT FROM console_sessions')).rowCount, 1)
})

test('where the provider is down the page is told so, at every step, and it goes on when it is back', async t => {
  const at = await stage(t)
  at.provider.account = { sub: 's-1', email: 'a@example.com', groups: ['admins'] }
  await at.provider.leave()
  assert.equal((await enter(at)).at, '/?sign-in=provider_down')
  await at.provider.comeBack()
  const me = browser()
  const back = await me.follow(`${at.url}/console/api/sign-in/oidc`, place => place.startsWith(at.url))
  await at.provider.leave()
  assert.equal((await me.get(back)).headers.get('location'), '/?sign-in=provider_down')
  assert.equal((await enter(at)).at, '/?sign-in=provider_down')
  await at.provider.comeBack()
  assert.equal((await enter(at)).at, '/problems/1?range=1h')
})

test('who is not meant to come in does not, and is told why', async t => {
  const at = await stage(t)
  await withClient(at.console.database.database, 'owner', client =>
    putUser(client, { name: 'nana', role: 'admin', services: undefined }, 'correct horse battery'),
  )
  const cases = [
    [{ sub: 'a', email: 'a@example.com', groups: ['others'] }, 'no_access'],
    [{ sub: 'a', email: 'a@example.com' }, 'no_access'],
    [{ sub: 'a', email: 'a@example.com', groups: ['partners'], sees: [] }, 'no_access'],
    [{ sub: 'a', email: 'a@example.com', groups: ['partners'] }, 'no_access'],
    [{ sub: 'a', email: 'a@example.com', email_verified: false, groups: ['admins'] }, 'no_name'],
    [{ sub: 'a', groups: ['admins'] }, 'no_name'],
    [{ sub: 'a', email: 'nana', groups: ['admins'] }, 'name_taken'],
  ] as const
  for (const [account, code] of cases) {
    at.provider.account = account
    const { at: place, me } = await enter(at)
    assert.equal(place, `/?sign-in=${code}`, JSON.stringify(account))
    assert.equal(sessionOf(me, at.url), undefined)
  }
  at.provider.account = { sub: 'b', email: 'b@example.com', groups: ['admins'] }
  await enter(at)
  await withClient(at.console.database.database, 'owner', client => disableUser(client, 'b@example.com'))
  assert.equal((await enter(at)).at, '/?sign-in=no_access')
})

test('a link that begins a sign-in leads to nothing but pages of ours', async t => {
  const at = await stage(t)
  at.provider.account = { sub: 's-1', email: 'a@example.com', groups: ['admins'] }
  for (const to of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)', 'http://[']) {
    assert.equal((await enter(at, browser(), to)).at, '/', to)
  }
})

test('a public address in the clear, and nobody who could sign in, are faults of the configuration', async t => {
  const oidc = { ...CLIENT, issuer: 'https://id.example', public_url: 'http://sensorium.internal', grants: GRANTS }
  await assert.rejects(openConsole(t, { auth: { oidc } }), /has to be https/)
  await assert.rejects(openConsole(t, { auth: { passwords: false } }), /nobody could sign in/)
})
