import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { test } from 'node:test'
import { withClient } from '../../store/connect.ts'
import { disableUser, putUser, type Role } from '../../store/people/index.ts'
import { openConsole } from '../testing/server.ts'

const PASSWORD = 'correct horse battery'
type Console = Awaited<ReturnType<typeof openConsole>>

async function addUser(t: Console, name: string, role: Role, services?: readonly string[]) {
  await withClient(t.database.database, 'owner', client => putUser(client, { name, role, services }, PASSWORD))
}

async function post({ url }: Console, path: string, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/console/api/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as { error?: string; data?: unknown } // as the server writes it
  return { status: response.status, cookie: response.headers.get('set-cookie') ?? '', ...answer }
}

/** Signs in, and resolves to what a browser then sends. */
async function enter(t: Console, name: string): Promise<Record<string, string>> {
  const { cookie, status } = await post(t, 'sign-in', { name, password: PASSWORD })
  assert.equal(status, 200)
  const headers = { cookie: cookie.split(';')[0]! }
  const { token } = (await (await fetch(`${t.url}/console/api/me`, { headers })).json()) as { token: string }
  return { ...headers, 'x-sensorium-token': token }
}

const asked = { auth: { require_on_loopback: true } }

async function incidentIn({ client }: Console, id: string, service = 'shop') {
  await client.query(
    `INSERT INTO incidents (id, environment, state, severity, title, service, began_at, opened_at, active_at, because, revision, updated_at)
     VALUES ($1, 'prod', 'open', 'high', 'shop fails', $2, now(), now(), now(), 'x', 1, now())`,
    [id, service],
  )
}

test('where others can reach it and nobody is asked who they are, the start is refused in words', async t => {
  await assert.rejects(
    openConsole(t, {}, { isHttpLocal: false }),
    /nobody is asked who they are: set receivers.console.auth/,
  )
})

test('nobody sees anything before they have signed in, and nothing after their session has ended', async t => {
  const open = await openConsole(t, asked)
  assert.equal((await open.get('home')).status, 401)
  assert.equal((await open.get('live')).status, 401)
  assert.equal((await fetch(`${open.url}/`)).status, 200)
  await addUser(open, 'nana', 'responder')
  for (const [name, password] of [
    ['nana', 'wrong horse battery'],
    ['nobody', PASSWORD],
  ]) {
    const { status, error, cookie } = await post(open, 'sign-in', { name, password })
    assert.deepEqual([status, error, cookie], [401, 'this name and this password do not belong together', ''])
  }
  const { cookie } = await post(open, 'sign-in', { name: 'nana', password: PASSWORD })
  assert.match(cookie, /^sensorium_session=[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/)
  const headers = await enter(open, 'nana')
  assert.equal((await open.get('home', headers)).status, 200)
  assert.equal((await post(open, 'sign-out', {}, headers)).status, 200)
  assert.equal((await open.get('home', headers)).status, 401)
  const again = await enter(open, 'nana')
  await withClient(open.database.database, 'owner', client => disableUser(client, 'nana'))
  assert.equal(
    (await post(open, 'actions/feedback', { about: 'chat/1', claim: 'x', verdict: 'right' }, again)).status,
    401,
  )
  assert.equal((await post(open, 'sign-in', { name: 'nana', password: PASSWORD })).status, 401)
  const { rows } = await open.client.query('SELECT password_hash FROM console_users')
  assert.match(rows[0].password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

test('over the network the session is sent over TLS only', async t => {
  const open = await openConsole(t, { auth: {} }, { isHttpLocal: false })
  await addUser(open, 'nana', 'viewer')
  // fetch sets the host by itself.
  const asking = request(`${open.url}/console/api/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', host: 'sensorium.internal' },
  })
  asking.end(JSON.stringify({ name: 'nana', password: PASSWORD }))
  const [answer] = (await once(asking, 'response')) as [IncomingMessage]
  answer.resume()
  assert.match(answer.headers['set-cookie']?.[0] ?? '', /; HttpOnly; Secure; SameSite=Strict$/)
})

test('who guesses passwords is slowed down, by name and by address', async t => {
  const open = await openConsole(t, asked)
  const tries = []
  for (let n = 0; n < 12; n++) tries.push((await post(open, 'sign-in', { name: `u${n}`, password: 'guess' })).status)
  assert.equal(tries.filter(status => status === 401).length, 10)
  assert.equal(tries.at(-1), 429)
})

test('a viewer changes nothing; a responder does, and it is noted who', async t => {
  const open = await openConsole(t, asked)
  await incidentIn(open, 'inc-1')
  await addUser(open, 'vera', 'viewer')
  await addUser(open, 'nana', 'responder')
  const body = { id: 'inc-1', word: 'acknowledge', why: 'rolling back' }
  const refused = await post(open, 'actions/incident', body, await enter(open, 'vera'))
  assert.equal(refused.status, 403)
  const nana = await enter(open, 'nana')
  assert.equal((await post(open, 'actions/incident', body, nana)).status, 200)
  assert.equal(
    (await post(open, 'actions/silence', { matchers: ['service="shop"'], minutes: 30, reason: 'known' }, nana)).status,
    200,
  )
  const claim = { about: 'incident/inc-1', claim: 'code_change/shop', verdict: 'right' }
  assert.equal((await post(open, 'actions/feedback', claim, nana)).status, 200)
  const { rows } = await open.client.query(
    `SELECT person, role, action, about FROM console_actions WHERE action <> 'sign-in' ORDER BY action_id`,
  )
  assert.deepEqual(rows, [
    { person: 'nana', role: 'responder', action: 'incident', about: 'incident/inc-1' },
    { person: 'nana', role: 'responder', action: 'silence', about: 'silence/1' },
    { person: 'nana', role: 'responder', action: 'feedback', about: 'incident/inc-1' },
  ])
  const [incident] = (await open.client.query('SELECT state, acknowledged_by FROM incidents')).rows
  assert.deepEqual(incident, { state: 'acknowledged', acknowledged_by: 'nana' })
})

test('a change comes from a page of ours, with its token, or not at all', async t => {
  const open = await openConsole(t)
  await incidentIn(open, 'inc-2')
  const { token } = (await (await fetch(`${open.url}/console/api/me`)).json()) as { token: string }
  const body = { id: 'inc-2', word: 'resolve' }
  const ours = { 'x-sensorium-token': token, origin: open.url, 'sec-fetch-site': 'same-origin' }
  for (const headers of [
    { ...ours, 'x-sensorium-token': 'guessed' },
    { ...ours, origin: 'https://evil.example' },
    { ...ours, 'sec-fetch-site': 'cross-site' },
    { ...ours, 'content-type': 'text/plain' },
  ] as Record<string, string>[]) {
    const { status } = await post(open, 'actions/incident', body, headers)
    assert.ok(status === 403 || status === 415, `${status} ${JSON.stringify(headers)}`)
  }
  assert.equal((await post(open, 'actions/incident', body, ours)).status, 200)
})

test('who may see some services neither sees nor changes what is of others', async t => {
  const open = await openConsole(t, asked)
  await incidentIn(open, 'inc-mine', 'shop')
  await incidentIn(open, 'inc-theirs', 'pay')
  await addUser(open, 'shop team', 'responder', ['shop'])
  const headers = await enter(open, 'shop team')
  const { data } = await open.get<{ incidents: { id: string }[] }>('home', headers)
  assert.deepEqual(
    data.incidents.map(({ id }) => id),
    ['inc-mine'],
  )
  assert.equal((await open.get('incident?id=inc-theirs', headers)).status, 404)
  assert.equal((await post(open, 'actions/incident', { id: 'inc-theirs', word: 'resolve' }, headers)).status, 404)
  const silence = { matchers: ['severity="high"'], minutes: 5, reason: 'x' }
  assert.equal((await post(open, 'actions/silence', silence, headers)).status, 403)
})

test('what one changes, all who listen are told of', async t => {
  const open = await openConsole(t)
  await incidentIn(open, 'inc-3')
  const { token } = (await (await fetch(`${open.url}/console/api/me`)).json()) as { token: string }
  const stream = await fetch(`${open.url}/console/api/live`)
  const stamps = stampsOf(stream.body!)
  const first = (await stamps.next()).value
  assert.equal(
    (await post(open, 'actions/incident', { id: 'inc-3', word: 'acknowledge' }, { 'x-sensorium-token': token })).status,
    200,
  )
  for await (const { incidents } of stamps) if (incidents !== first?.incidents) break
  await stamps.return(undefined)
})

async function* stampsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Record<string, string>> {
  let text = ''
  for await (const chunk of body) {
    text += Buffer.from(chunk).toString('utf8')
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1]
      text = text.slice(end + 2)
      if (data !== undefined) yield JSON.parse(data) as Record<string, string> // as the stream writes it
    }
  }
}
