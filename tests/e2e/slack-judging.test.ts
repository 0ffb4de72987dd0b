import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import path from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../postgres.ts'
import { freePorts, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { openHttpService, type ReceivedRequest } from '../told/http-service.ts'
import { notedIn, pressed, type ShownMessage, signedHeaders } from '../told/slack-presses.ts'

const SECRET = 'signing-secret-of-the-app'
const HOST = 'sensorium.example.com'

const configuration = (slack: string) => `receivers:
  otlp: { protocols: { http: { endpoint: '\${env:SENSORIUM_OTLP_HTTP_ENDPOINT}' } } }
  debug_queue:
  reports: { interval_ms: 200 }
processors:
  group: { group_by: [kind], group_wait: 0s, group_interval: 1s }
exporters:
  timescale:
  slack: { token: xoxb-test, channel: C1, api_url: '${slack}', signing_secret: ${SECRET} }
service:
  http: { endpoint: '\${env:SENSORIUM_HTTP_ENDPOINT}' }
  allowed_hosts: [${HOST}]
  database: { url: '\${env:DATABASE_URL}' }
  pipelines:
    logs: { receivers: [otlp, debug_queue], exporters: [timescale] }
    logs/told: { receivers: [reports], processors: [group], exporters: [slack] }
`

test('a dropped session is a report in Slack, and what is pressed under it there is feedback', async t => {
  const { url } = await createDatabase()
  const posted = Promise.withResolvers<ShownMessage>()
  const updated = Promise.withResolvers<ShownMessage>()
  const respond = ({ path: method, body }: ReceivedRequest) => {
    const message = JSON.parse(body) as ShownMessage // what we sent
    if (method === '/chat.postMessage') posted.resolve(message)
    if (method === '/chat.update' && notedIn(message).length > 0) updated.resolve(message)
    return { body: JSON.stringify({ ok: true, ts: '1764500000.000001', channel: 'C1' }) }
  }
  const workspace = await openHttpService(respond)
  t.after(() => workspace.close())
  const config = path.join(temporaryFolder('slack-judging'), 'config.yaml')
  writeFileSync(config, configuration(workspace.url))
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url }, config })
  t.after(() => sensorium.end('SIGTERM'))

  const application = `http://127.0.0.1:${ports.application}`
  const details = { service: 'SessionManager', errorCode: 'TIMEOUT', userId: '123' }
  const drop = { eventType: 'SESSION_DROP', correlationId: 'txn-456', details, priority: 'high' }
  const body = JSON.stringify(drop)
  const taken = await fetch(`${application}/webhook/event`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  assert.equal(taken.status, 202)
  const message = await posted.promise
  const about = message.blocks.flatMap(({ block_id = '' }) => /^judge (.+)/.exec(block_id)?.[1] ?? [])[0]!
  assert.match(about, /^report\/[0-9a-f]{12}$/)

  // As Slack comes, by the name under which we are known.
  const press = async (secret: string, host = HOST) => {
    const form = pressed(message, about, 'right')
    const headers = { ...signedHeaders(form, secret), host }
    const sent = request(`${application}/slack/interactivity`, { method: 'POST', headers })
    sent.end(form)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    answer.resume()
    return answer.statusCode
  }
  assert.equal(await press('of another app'), 401)
  assert.equal(await press(SECRET, 'elsewhere.example.com'), 403)
  assert.equal(await press(SECRET), 200)
  assert.deepEqual(notedIn(await updated.promise), ['Noted: right by <@U1>'])
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  const { rows } = await client.query('SELECT report_id, said_by, verdict FROM report_feedback')
  assert.deepEqual(rows, [{ report_id: about.slice('report/'.length), said_by: 'slack:U1', verdict: 'right' }])
})
