import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { findingRecord } from '../../pipeline/testing/findings.ts'
import { VERDICTS } from '../../store/reports/feedback.ts'
import { testDestination } from '../../tests/told/destination-kit.ts'
import { testTellingExporter } from '../../tests/told/exporter-contract.ts'
import { assertGolden, notificationOf, SAMPLE_NOTIFICATIONS } from '../../tests/told/golden.ts'
import { openHttpDestination } from '../../tests/told/http-destination.ts'
import type { ReceivedRequest, ScriptedAnswer } from '../../tests/told/http-service.ts'
import { openOutbox, START } from '../../tests/told/outbox.ts'
import { slackMessage } from './blocks.ts'
import { slackConfig } from './config.ts'
import { slackDestination } from './destination.ts'
import { slack } from './index.ts'
import { codeMrkdwn, escapedWithin, linkMrkdwn } from './mrkdwn.ts'

await testTellingExporter(slack, { webhook_url: 'http://127.0.0.1:9/' })

interface Posted {
  readonly method: string
  readonly ts: string
  readonly channel?: string
  readonly thread_ts?: string
  readonly reply_broadcast?: boolean
  readonly text?: string
  readonly blocks?: readonly { readonly type: string; readonly text?: { readonly text: string } }[]
  readonly metadata?: { readonly event_payload: { readonly id: string } }
}

/** What Slack checks of blocks, as its reference has it. */
function assertBlocks({ text, blocks = [] }: Posted): void {
  assert.ok(text && blocks.length > 0 && blocks.length <= 50)
  for (const block of blocks) {
    const length = block.text?.text.length ?? 0
    if (block.type === 'header') assert.ok(length > 0 && length <= 150)
    if (block.type === 'section') assert.ok(length > 0 && length <= 3_000, `a section of ${length}`)
  }
}

/** As much of Slack as a bot sees. */
function openWorkspace() {
  const posted: Posted[] = []
  const respond = ({ path: url, body, method, headers }: ReceivedRequest): ScriptedAnswer => {
    const { pathname, searchParams } = new URL(url, 'http://slack')
    const name = pathname.slice(1)
    if (headers.authorization !== 'Bearer xoxb-test') return { body: '{"ok":false,"error":"invalid_auth"}' }
    if (method === 'GET') {
      const ts = searchParams.get('ts')
      const messages = posted.filter(
        one => one.method === 'chat.postMessage' && (ts === null ? one.thread_ts === undefined : one.thread_ts === ts),
      )
      return { body: JSON.stringify({ ok: true, messages }) }
    }
    const message = JSON.parse(body) as Posted // what we sent
    assertBlocks(message)
    const ts = message.ts ?? `1764500000.${String(posted.length).padStart(6, '0')}`
    posted.push({ ...message, method: name, ts })
    return { body: JSON.stringify({ ok: true, ts, channel: 'C1' }) }
  }
  return { posted, respond }
}

const openBot = async () => {
  const workspace = openWorkspace()
  const service = await openHttpDestination({
    at: url => slackDestination(slackConfig.parse({ token: 'xoxb-test', channel: 'C1', api_url: url })),
    respond: workspace.respond,
    messageOf: ({ method, path: url, body }) => {
      if (method === 'GET' || url !== '/chat.postMessage') return undefined
      const message = JSON.parse(body) as Posted // what we sent
      return { key: message.metadata!.event_payload.id, text: body }
    },
  })
  return { ...service, posted: workspace.posted }
}

/** Beginnings of mentions and links. */
const ACTS = { acts: [/<!|<@|<https?:..evil|<javascript:/] }

testDestination('slack', openBot, ACTS)

let webhooks = 0
testDestination(
  'slack by webhook',
  () =>
    openHttpDestination({
      at: url => slackDestination(slackConfig.parse({ webhook_url: `${url}/services/T/B/x` })),
      respond: () => ({ body: 'ok' }),
      messageOf: ({ body }) => {
        assertBlocks(JSON.parse(body) as Posted) // what we sent
        return { key: `message ${body.length}${webhooks++}`, text: body }
      },
    }),
  ACTS,
)

test('slack: an incident is one message that is kept up to date, with what happened in a thread below it', async t => {
  const service = await openBot()
  t.after(() => service.close())
  const outbox = await openOutbox(service.destination, 'slack')
  t.after(() => outbox.close())
  const since = new Date(START).toISOString()
  for (const [event, revision, severity] of [
    ['opened', 1, 'error'],
    ['updated', 2, 'error'],
    ['updated', 3, 'critical'],
    ['acknowledged', 4, 'critical'],
    ['resolved', 5, 'critical'],
  ] as const) {
    const at = new Date(outbox.now()).toISOString()
    await outbox.accept(
      findingRecord({ event: `incident.${event}`, id: 'i', kind: 'incident', revision, severity, since, at }),
    )
    await outbox.pass(10 * 60_000)
  }
  const root = service.posted[0]!.ts
  assert.deepEqual(
    service.posted.map(({ method, ts, thread_ts, reply_broadcast }) => [
      method,
      ts === root,
      thread_ts === root,
      reply_broadcast,
    ]),
    [
      ['chat.postMessage', true, false, undefined],
      ['chat.update', true, false, undefined],
      ['chat.update', true, false, undefined],
      ['chat.postMessage', false, true, true],
      ['chat.update', true, false, undefined],
      ['chat.postMessage', false, true, false],
      ['chat.update', true, false, undefined],
      ['chat.postMessage', false, true, false],
    ],
  )
  assert.match(service.posted.at(-2)!.text!, /^\[resolved\]/)
})

test('slack: when the message of a thread is gone, a new one takes its place', async t => {
  let isGone = false
  const workspace = openWorkspace()
  const service = await openHttpDestination({
    at: url => slackDestination(slackConfig.parse({ token: 'xoxb-test', channel: 'C1', api_url: url })),
    respond: request =>
      isGone && request.path === '/chat.update'
        ? { body: '{"ok":false,"error":"message_not_found"}' }
        : workspace.respond(request),
    messageOf: () => undefined,
  })
  t.after(() => service.close())
  const outbox = await openOutbox(service.destination, 'slack')
  t.after(() => outbox.close())
  const since = new Date(START).toISOString()
  const incident = (event: string, revision: number) =>
    outbox.accept(
      findingRecord({ event, id: 'i', kind: 'incident', revision, since, at: new Date(outbox.now()).toISOString() }),
    )
  await incident('incident.opened', 1)
  await outbox.pass(10 * 60_000)
  isGone = true
  await incident('incident.acknowledged', 2)
  await outbox.pass(10 * 60_000)
  isGone = false
  await incident('incident.resolved', 3)
  await outbox.pass(10 * 60_000)
  const roots = workspace.posted.filter(
    ({ method, thread_ts }) => method === 'chat.postMessage' && thread_ts === undefined,
  )
  assert.equal(roots.length, 2)
  assert.equal(workspace.posted.at(-1)?.thread_ts, roots[1]?.ts, 'and the thread goes on there')
  assert.deepEqual(await outbox.states(), ['sent', 'sent', 'sent'])
})

test('slack: no text of a sender acts, whatever it holds, and no limit is passed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 30, max: 200 }), (text, max) => {
      for (const shown of [escapedWithin(text, max), codeMrkdwn(text, max)]) {
        assert.ok(shown.length <= max)
        assert.doesNotMatch(shown, /[<>]|&(?!(?:amp|lt|gt);)/)
      }
      const link = linkMrkdwn('https://s.example/a|b>c', text, 400)
      assert.ok(link.length <= 400)
      assert.match(link, /^<https:\/\/s\.example\/a%7Cb%3Ec\|[^<>|]*>$/s)
    }),
  )
})

test('slack: the message of a report with buttons is as agreed, and the thread below it asks nobody', () => {
  const about = 'report/0a1b2c3d4e5f'
  const record = findingRecord({
    event: 'report.created',
    id: about,
    kind: 'report',
    title: 'Likely cause: release 3.21.0 of payments',
    attributes: { 'finding.link': '/reports/0a1b2c3d4e5f' },
  })
  const notification = notificationOf([record, findingRecord({ event: 'report.created', id: 'report/<!here>' })], 'new')
  const said = ['slack:U0NANA', 'bob <!channel>', 'slack:<!here>', 'slack:U2', 'slack:U3', 'slack:U4']
  const words = new Map([[about, said.map((by, i) => ({ by, verdict: VERDICTS[i % 3]! }))]])
  const message = slackMessage(notification, 'https://sensorium.example', { words })
  assertBlocks({ method: '', ts: '', ...(message as Pick<Posted, 'text' | 'blocks'>) })
  assertGolden(
    path.join(import.meta.dirname, 'testcases'),
    'report-judged.json',
    `${JSON.stringify(message, null, 2)}\n`,
  )
  const below = slackMessage(notification, 'https://sensorium.example', { onlyChanges: true })
  assert.doesNotMatch(JSON.stringify(below), /"button"/)
})

test('slack: buttons need a bot', () => {
  const webhook = { webhook_url: 'https://hooks.slack.com/services/T/B/x' }
  assert.throws(() => slackConfig.parse({ ...webhook, signing_secret: 's' }), /buttons need token and channel/)
  slackConfig.parse({ ...webhook, signing_secret: '' })
})

for (const [name, notification] of SAMPLE_NOTIFICATIONS) {
  test(`slack: the message of ${name} is as agreed`, () => {
    const message = slackMessage(notification, 'https://sensorium.example')
    assertGolden(path.join(import.meta.dirname, 'testcases'), `${name}.json`, `${JSON.stringify(message, null, 2)}\n`)
  })
}
