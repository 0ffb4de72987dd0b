import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { slack } from '../exporters/slack/index.ts'
import { openClient, openExporter } from '../exporters/timescale/testing/exporter.ts'
import { attributes, batch, log, resource } from '../exporters/timescale/testing/records.ts'
import { incident, TIMES } from '../mcp/testing/incident.ts'
import { testContext } from '../pipeline/testing/context.ts'
import { findingRecord } from '../pipeline/testing/findings.ts'
import { foldSightings } from '../store/fingerprints/fold.ts'
import { noteTrigger } from '../store/reports/report.ts'
import { reportRound } from '../store/reports/round.ts'
import { createDatabase } from './postgres.ts'
import { openHttpService, type ReceivedRequest } from './told/http-service.ts'
import { notedIn, pressed, type ShownMessage, signedHeaders } from './told/slack-presses.ts'

const NOW = BigInt(Date.now()) * 1_000_000n
const NEVER = new AbortController().signal
const SECRET = 'signing-secret-of-the-app'
const INCIDENT = 'incident/0a1b2c3d4e5f'

interface Posted extends ShownMessage {
  readonly user?: string
}

/** A report of a real incident, told by a bot to a Slack on loopback, whose app sends presses to a real HTTP server. */
async function open(t: TestContext, settings: object = { signing_secret: SECRET }) {
  const made = await createDatabase()
  const { consume } = await openExporter(t, made)
  const client = await openClient(t, made)
  const { batches, at } = incident(NOW)
  for (const one of batches) await consume(one)
  const when = +at(TIMES.onset - 3)
  const said = { 'debug.priority': 'high', 'debug.error_code': 'TIMEOUT', 'debug.correlation_id': 'txn-456' }
  const drop = log({
    resource: resource({ 'service.name': 'web', 'deployment.environment.name': 'prod' }),
    ...{ timeUnixNano: BigInt(when) * 1_000_000n, severityNumber: 17, eventName: 'debug.SESSION_DROP' },
    ...{ body: 'SESSION_DROP', attributes: attributes({ ...said, request_id: 'txn-456' }) },
  })
  await consume(batch('logs', 'drop', [drop]))
  while ((await foldSightings(client)).sightings > 0);
  const options = { receiver: 'reports', windowMs: 300_000, usualMs: 900_000, againMs: 300_000 }
  assert.equal(await reportRound(client, options, when + 1_000), 1)
  const report: string = (await client.query('SELECT id FROM reports')).rows[0].id

  const posted: (Posted & { readonly method: string })[] = []
  const respond = ({ path, body }: ReceivedRequest) => {
    posted.push({ ...(JSON.parse(body) as Posted), method: path.slice(1) }) // what we sent
    return { body: JSON.stringify({ ok: true, ts: '1764500000.000001', channel: 'C1' }) }
  }
  const workspace = await openHttpService(respond)
  t.after(() => workspace.close())
  const http = new Hono()
  const context = testContext('slack', { http, database: made.database })
  const config = slack.config.parse({ token: 'xoxb-test', channel: 'C1', api_url: workspace.url, ...settings })
  const exporter = slack.create(config, async () => {}, context)
  await exporter.start?.(NEVER)
  t.after(() => exporter.shutdown?.(AbortSignal.timeout(10_000)))
  const server = serve({ fetch: http.fetch, port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  t.after(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/interactivity` // it listens on TCP

  /** Tells of a finding, and resolves to the message that Slack got. */
  const tell = async (id: string, revision = 1) => {
    const before = posted.length
    const [kind = ''] = id.split('/')
    const event = kind === 'report' ? 'report.created' : revision === 1 ? 'incident.opened' : 'incident.updated'
    const record = findingRecord({ event, id, kind, revision, title: `of revision ${revision}` })
    const routing = { group_by: ['kind'], group_wait_ms: 0, group_interval_ms: 0 }
    await exporter.consume!(batch('logs', `${id} ${revision}`, [{ ...record, routing }]), NEVER)
    for (const end = Date.now() + 20_000; posted.length === before && Date.now() < end; ) await pauseBriefly()
    return posted.at(-1)!
  }
  const pauseBriefly = () => client.query('SELECT pg_sleep(0.02)')
  const send = async (body: string, { secret = SECRET, atMs = Date.now(), headers = {} } = {}) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...signedHeaders(body, secret, atMs), ...headers },
      body,
    })
    return { status: answer.status, text: await answer.text() }
  }
  /** What Slack is asked next after a press that is taken: on a slow machine that is after the answer. */
  const press = async (body: string, method = 'chat.update') => {
    const before = posted.length
    assert.deepEqual(await send(body), { status: 200, text: '' })
    const next = () => posted.slice(before).find(one => one.method === method)
    for (const end = Date.now() + 60_000; next() === undefined && Date.now() < end; ) await pauseBriefly()
    return next()!
  }
  const words = async () =>
    (await client.query('SELECT said_by, verdict FROM report_feedback ORDER BY said_by')).rows.map(
      ({ said_by, verdict }) => `${said_by} ${verdict}`,
    )
  const versions = async () =>
    (await client.query('SELECT count(*)::int AS n FROM evidence_weights')).rows[0].n as number
  return { client, report, posted, tell, send, press, words, versions }
}

test('what people press under a report in Slack is feedback, and the message says who said what, from then on', async t => {
  const { report, tell, send, press, words, versions } = await open(t)
  const about = `report/${report}`
  const message = await tell(about)
  assert.deepEqual(message.blocks.map(({ block_id }) => block_id).filter(Boolean), [`judge ${about}`])
  const before = await versions()

  const first = pressed(message, about, 'wrong')
  const shown = await press(first)
  assert.deepEqual(await words(), ['slack:U1 wrong'])
  assert.deepEqual(notedIn(shown), ['Noted: wrong by <@U1>'])
  assert.equal(await versions(), before + 1)

  // A second press of the same person changes the word, not the weights again; what Slack shows is pressed under.
  await press(pressed(shown, about, 'wrong'))
  await press(pressed(shown, about, 'right'))
  const both = await press(pressed(shown, about, 'right', 'U2'))
  assert.deepEqual(await words(), ['slack:U1 right', 'slack:U2 right'])
  assert.deepEqual(notedIn(both), ['Noted: right by <@U1>, right by <@U2>'])
  assert.equal(await versions(), before + 1)

  await send(first)
  const whisper = await press(pressed(message, about, 'other', 'U3'), 'chat.postEphemeral')
  assert.deepEqual(
    await words(),
    ['slack:U1 right', 'slack:U2 right', 'slack:U3 other'],
    'the first request again changes nothing',
  )
  assert.equal(whisper.user, 'U3')
  assert.match(whisper.text, new RegExp(`/reports/${report}$`))
})

test('an incident is judged by its report, also after the message was brought up to date', async t => {
  const { client, report, tell, press, words } = await open(t)
  const message = await tell(INCIDENT)
  const whisper = await press(pressed(message, INCIDENT, 'right'), 'chat.postEphemeral')
  assert.match(whisper.text, /^Nothing is noted: there is no report of incident\/0a1b2c3d4e5f yet/)
  assert.deepEqual(await words(), [])

  await noteTrigger(client, { id: INCIDENT } as Parameters<typeof noteTrigger>[1], report, new Date())
  await press(pressed(message, INCIDENT, 'right'))
  assert.deepEqual(await words(), ['slack:U1 right'])
  assert.deepEqual(notedIn(await tell(INCIDENT, 2)), ['Noted: right by <@U1>'])
})

test('what Slack has not signed, or long ago, or what is no press of ours, is refused and changes nothing', async t => {
  const { report, posted, tell, send, press, words } = await open(t)
  const about = `report/${report}`
  const message = await tell(about)
  const count = posted.length
  const body = pressed(message, about, 'right')
  const refused = async (...given: Parameters<typeof send>) => {
    const { status, text } = await send(...given)
    return `${status} ${JSON.parse(text).error}`
  }
  assert.match(await refused(body, { secret: 'of another app' }), /^401 x-slack-signature does not fit/)
  assert.match(
    await refused(body, { headers: { 'x-slack-signature': 'v0=00' } }),
    /^401 x-slack-signature does not fit/,
  )
  assert.match(await refused(body, { atMs: Date.now() - 301_000 }), /^401 .* more than 300 s/)
  assert.match(await refused(body, { atMs: Date.now() + 310_000 }), /^401 .* more than 300 s/)
  assert.match(await refused(body, { headers: { 'x-slack-request-timestamp': '' } }), /^401 /)
  assert.match(await refused('payload=%7B'), /^400 payload is not JSON/)
  assert.match(await refused('a=b'), /^400 the form has no field payload/)
  assert.match(await refused(pressed(message, 'report/../../etc', 'right')), /^400 the button .* none of ours/)
  assert.match(await refused(pressed(message, about, 'perhaps')), /^400 the button .* none of ours/)
  assert.match(await refused(pressed(message, about, 'right', '<!channel>')), /^400 user\.id/)
  assert.deepEqual([await words(), posted.length], [[], count])

  const whisper = await press(pressed(message, 'report/ffffffffffff', 'right'), 'chat.postEphemeral')
  assert.match(whisper.text, /^Nothing is noted: there is no report of report\/ffffffffffff/)
  assert.deepEqual(await words(), [])
})

test('without a signing secret there are no buttons, and nothing takes presses', async t => {
  const { report, tell, send } = await open(t, { signing_secret: '' })
  const message = await tell(`report/${report}`)
  assert.deepEqual(
    message.blocks.filter(({ block_id }) => block_id !== undefined),
    [],
  )
  assert.equal((await send(pressed(message, `report/${report}`, 'right'))).status, 404)
})

test('a store that is busy keeps Slack waiting for two seconds at most, and nothing is lost', async t => {
  const { client, report, posted, tell, send, words } = await open(t)
  const about = `report/${report}`
  const message = await tell(about)
  await client.query('BEGIN; LOCK TABLE report_feedback IN EXCLUSIVE MODE')
  assert.equal((await send(pressed(message, about, 'right'))).status, 200)
  const count = posted.length
  await client.query('COMMIT')
  while (posted.length === count) await client.query('SELECT pg_sleep(0.02)')
  assert.deepEqual([await words(), notedIn(posted.at(-1)!)], [['slack:U1 right'], ['Noted: right by <@U1>']])
})
