import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { DeliveryFault, Destination } from '../../pipeline/destination.ts'
import type { LogRecord } from '../../pipeline/model/index.ts'
import { findingRecord, SAMPLE_FINDINGS } from '../../pipeline/testing/findings.ts'
import { openOutbox, START } from './outbox.ts'

/** The service that a destination tells, in the hands of the test: a real server on loopback. */
export interface FakeService {
  readonly destination: Destination
  /** What arrived and was taken, in order; with the key by which repetitions are known. */
  messages(): readonly { readonly key: string; readonly text: string }[]
  /** How often it was asked for anything that would leave a message. */
  attempts(): number
  /** What the next message meets; `away` is a server that is not there, as long as `isBack` was not called. */
  meet(fault: DeliveryFault | 'away' | 'busy'): Promise<void> | void
  isBack(): Promise<void> | void
  close(): Promise<void>
}

/** What `busy` asks for. */
export const BUSY_S = 40

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** What every exporter that tells people must do, with the real outbox and a real server. */
export function testDestination(
  name: string,
  open: () => Promise<FakeService>,
  /** SMTP has no word for how long it wants to be left alone. `acts`: what in a message would do something. */
  { saysHowLong = true, acts = [] }: { readonly saysHowLong?: boolean; readonly acts?: readonly RegExp[] } = {},
): void {
  const start = async (t: TestContext) => {
    const service = await open()
    t.after(() => service.close())
    const outbox = await openOutbox(service.destination, `${name}/test`)
    t.after(() => outbox.close())
    const tell = async (record: LogRecord = finding()) => outbox.accept(record)
    return { service, outbox, tell }
  }
  let count = 0
  const finding = () =>
    findingRecord({
      event: 'problem.new',
      id: `told-${++count}`,
      title: `problem number ${count}`,
      since: new Date(START).toISOString(),
      routing: { group_by: ['fingerprint'], group_wait_ms: 0, group_interval_ms: MINUTE },
      attributes: { 'finding.fingerprint': String(count) },
    })

  for (const [sample, record] of Object.entries(SAMPLE_FINDINGS)) {
    if (/ended|resolved|acknowledged|updated/.test(sample)) continue
    test(`${name}: a message of ${sample} says what, where, since when, how bad, what changed before, and a link`, async t => {
      const { service, outbox, tell } = await start(t)
      await tell({ ...record, routing: { group_wait_ms: 0 } })
      await outbox.pass(SECOND)
      const [message] = service.messages()
      assert.ok(message, outbox.logs.join(''))
      const text = message.text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, '.')
      const attribute = (key: string) => String(record.attributes.get(key))
      const said = [
        attribute('finding.title').slice(0, 40),
        String(record.resource.attributes.get('service.name')),
        attribute('finding.since').slice(0, 10),
        attribute('finding.severity'),
        String(record.attributes.get('finding.changed_before') ?? 'no change is known').slice(0, 30),
        attribute('finding.link'),
      ]
      for (const part of said) assert.ok(text.includes(part), `${part} is not in ${text}`)
    })
  }

  test(`${name}: what was not delivered is tried again, and arrives once`, async t => {
    const { service, outbox, tell } = await start(t)
    await service.meet('away')
    await tell()
    await outbox.pass(5 * SECOND, SECOND)
    assert.equal(service.messages().length, 0)
    await service.isBack()
    await outbox.pass(2 * MINUTE, SECOND)
    for (const fault of ['unsent', 'misconfigured'] as const) {
      await service.meet(fault)
      await tell()
      await outbox.pass(5 * MINUTE, SECOND)
    }
    assert.deepEqual(await outbox.states(), ['sent', 'sent', 'sent'])
    assert.equal(new Set(service.messages().map(({ key }) => key)).size, service.messages().length)
    assert.equal(service.messages().length, 3)
  })

  if (saysHowLong)
    test(`${name}: who asks to be left alone is left alone for as long, other messages included`, async t => {
      const { service, outbox, tell } = await start(t)
      await service.meet('busy')
      await tell()
      await outbox.pass(SECOND, SECOND)
      const attempts = service.attempts()
      await tell()
      await outbox.pass((BUSY_S - 2) * SECOND, SECOND)
      assert.equal(service.attempts(), attempts, 'nothing was sent meanwhile')
      await outbox.pass(MINUTE, SECOND)
      assert.equal(service.messages().length, 2)
    })

  test(`${name}: a message whose answer was lost is not shown twice`, async t => {
    const { service, outbox, tell } = await start(t)
    await service.meet('lost')
    await tell()
    await outbox.pass(10 * MINUTE, SECOND)
    const keys = service.messages().map(({ key }) => key)
    assert.ok(keys.length > 0)
    assert.equal(new Set(keys).size, 1, 'by the key that the destination knows it by')
    const [state] = await outbox.states()
    if (service.destination.recognisesRepeats || service.destination.find !== undefined) assert.equal(state, 'sent')
    else {
      assert.equal(keys.length, 1)
      assert.equal(state, 'unknown')
      assert.match(outbox.logs.join(''), /it is not known whether a message arrived/)
    }
  })

  test(`${name}: a message that was under way when the process ended is not shown twice`, async t => {
    const { service, outbox, tell } = await start(t)
    await tell()
    await outbox.pass(SECOND)
    assert.equal(service.messages().length, 1)
    // As it is when the process ends after the last byte and before the mark.
    await outbox.client.query(`UPDATE notifications SET state = 'sending', done_at = NULL`)
    await outbox.takeOver()
    await outbox.pass(10 * MINUTE, SECOND)
    assert.equal(new Set(service.messages().map(({ key }) => key)).size, 1)
    const [state] = await outbox.states()
    const isKnown = service.destination.recognisesRepeats || service.destination.find !== undefined
    assert.equal(state, isKnown ? 'sent' : 'unknown')
  })

  test(`${name}: what will never be taken is not sent again, and said`, async t => {
    const { service, outbox, tell } = await start(t)
    await service.meet('refused')
    await tell()
    await outbox.pass(MINUTE, SECOND)
    const attempts = service.attempts()
    await outbox.pass(30 * MINUTE, MINUTE)
    assert.equal(service.attempts(), attempts)
    assert.deepEqual(await outbox.states(), ['refused'])
    assert.match(outbox.logs.join(''), /was not delivered and is not tried again/)
  })

  test(`${name}: long and hostile texts do not break a message`, async t => {
    const { service, outbox } = await start(t)
    const texts = [
      'x'.repeat(100_000),
      '<!channel> <@U1> *bold* <https://evil.example|here> `code` &amp; </script><script>alert(1)</script>',
      'a\r\nBcc: everybody@example.com\r\n\r\nbody',
      '\u0000\u001b[31m\u202e\ud800 \u2028',
      '👩‍👩‍👧‍👦'.repeat(2_000),
      '%%% \n{{.}} ${env:HOME} $(id)',
    ]
    const records = texts.flatMap((text, i) =>
      [0, 1, 2].map(n =>
        findingRecord({
          event: 'anomaly.started',
          id: `hostile-${i}-${n}-${text.slice(0, 40)}`,
          service: text,
          environment: text,
          title: text,
          body: text,
          routing: { group_wait_ms: 0, group_by: [] },
          attributes: {
            'finding.operation': text,
            'finding.seen': text,
            'finding.expected': text,
            'finding.shared': text,
            'finding.changed_before': text,
            'finding.owner': text,
            'finding.link': i % 2 === 0 ? `https://evil.example/${text.slice(0, 100)}` : 'javascript:alert(1)',
            'finding.evidence': [text, text, text],
            [text.slice(0, 200)]: text,
          },
        }),
      ),
    )
    await outbox.accept(...records)
    await outbox.pass(SECOND)
    assert.deepEqual(await outbox.states(), ['sent'], outbox.logs.join(''))
    const text = service
      .messages()
      .map(message => message.text)
      .join('\n')
    for (const live of [/\u202e|\u001b|\\u001b|\\u202e/, ...acts]) assert.doesNotMatch(text, live)
    assert.ok(!text.includes('"https://evil.example'), 'no link leads elsewhere')
  })
}
