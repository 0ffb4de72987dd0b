import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withClient } from '../../store/connect.ts'
import { addNode } from '../../store/nodes.ts'
import { asSomebody } from '../testing/people.ts'
import { openConsole } from '../testing/server.ts'

const asked = { auth: { require_on_loopback: true } }
type Console = Awaited<ReturnType<typeof openConsole>>

async function open(t: Parameters<typeof openConsole>[0]): Promise<Console> {
  const opened = await openConsole(t, asked)
  await withClient(opened.database.database, 'owner', async client => {
    for (const [nodeId, name] of [
      ['kitchen', 'Kitchen laptop'],
      ['attic', 'Attic'],
    ] as const) {
      await addNode(client, { nodeId, name, userId: 'ole', environment: 'prod', heartbeatIntervalS: 60 })
    }
  })
  return opened
}

const look = ({ get }: Console, token: string) =>
  get<{ node: Record<string, unknown> }>('my-node', { 'x-sensorium-link': token })

test('an owner sees their node by the link alone, and nothing else with it', async t => {
  const opened = await open(t)
  const nana = await asSomebody(opened, 'nana', 'responder')
  const { data } = await nana.act<{ id: number; token: string }>('node-link', { node: 'kitchen' })
  const { token } = data
  const seen = await look(opened, token)
  assert.equal(seen.status, 200)
  assert.deepEqual(seen.data.node, { name: 'Kitchen laptop', state: 'never seen' })
  for (const question of [
    'node?id=kitchen',
    'node?id=attic',
    'nodes',
    'home',
    'live',
    'me',
    'node-links',
    'my-node?id=attic',
  ]) {
    const headers = {
      'x-sensorium-link': token,
      cookie: `sensorium_session=${token}`,
      authorization: `Bearer ${token}`,
    }
    const other = await opened.get<{ node?: { name: string } }>(question, headers)
    if (question.startsWith('my-node')) assert.equal(other.data.node?.name, 'Kitchen laptop')
    else assert.equal(other.status, 401, question)
  }
  const { rows } = await opened.client.query('SELECT * FROM console_links')
  assert.equal(JSON.stringify(rows).includes(token), false)
  assert.ok(rows[0].opened_at instanceof Date)
})

test('a link that is revoked, too old, cut short or made up shows nothing', async t => {
  const opened = await open(t)
  const nana = await asSomebody(opened, 'nana', 'responder')
  const make = async () => (await nana.act<{ id: number; token: string }>('node-link', { node: 'kitchen' })).data
  const [revoked, old, good] = [await make(), await make(), await make()]
  assert.equal((await nana.act('revoke-node-link', { id: revoked.id })).status, 200)
  await opened.client.query("UPDATE console_links SET expires_at = now() - interval '1 s' WHERE link_id = $1", [old.id])
  for (const token of ['', 'x', revoked.token, old.token, good.token.slice(0, -1), 'x'.repeat(43), `${good.token}x`]) {
    assert.equal((await look(opened, token)).status, 404, token)
  }
  assert.equal((await look(opened, good.token)).status, 200)
})

test('who guesses links is slowed down', async t => {
  const opened = await open(t)
  const answers = []
  for (let n = 0; n < 90; n++) answers.push((await look(opened, 'x'.repeat(43))).status)
  assert.equal(answers[0], 404)
  assert.equal(answers.at(-1), 429)
})

test('responders who see nodes make and revoke links, nobody else does, and it is noted who', async t => {
  const opened = await open(t)
  const [vera, shop, nana] = [
    await asSomebody(opened, 'vera', 'viewer'),
    await asSomebody(opened, 'shop team', 'responder', ['shop']),
    await asSomebody(opened, 'nana', 'responder'),
  ]
  assert.equal((await vera.act('node-link', { node: 'kitchen' })).status, 403)
  assert.equal((await shop.act('node-link', { node: 'kitchen' })).status, 404)
  assert.equal((await nana.act('node-link', { node: 'cellar' })).status, 400)
  const { data } = await nana.act<{ id: number }>('node-link', { node: 'kitchen' })
  assert.equal((await shop.act('revoke-node-link', { id: data.id })).status, 404)
  assert.equal((await nana.act('revoke-node-link', { id: data.id })).status, 200)
  const { rows } = await opened.client.query(
    "SELECT person, action, about, detail FROM console_actions WHERE action <> 'sign-in' ORDER BY action_id",
  )
  assert.deepEqual(rows, [
    { person: 'nana', action: 'node-link', about: 'node/kitchen', detail: { link: data.id } },
    { person: 'nana', action: 'revoke-node-link', about: 'node/kitchen', detail: { link: data.id } },
  ])
})
