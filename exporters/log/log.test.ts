import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { SAMPLE_FINDINGS } from '../../pipeline/testing/findings.ts'
import { testTellingExporter } from '../../tests/told/exporter-contract.ts'
import { openOutbox } from '../../tests/told/outbox.ts'
import { logDestination } from './destination.ts'
import { log } from './index.ts'

await testTellingExporter(log, {})

const SETTINGS = { link_base_url: 'http://127.0.0.1:4320', send_resolved: true }

test('a message in the log says what, where, since when, how bad, what changed before, and a link', async t => {
  const lines: string[] = []
  const destination = logDestination(SETTINGS, pino({}, { write: line => void lines.push(line) }))
  const outbox = await openOutbox(destination, 'log')
  t.after(() => outbox.close())
  const record = SAMPLE_FINDINGS['incident-opened']!
  await outbox.accept({ ...record, routing: { group_wait_ms: 0 } })
  await outbox.pass(1_000)
  assert.deepEqual(await outbox.states(), ['sent'])
  assert.equal(lines.length, 1)
  const attribute = (key: string) => String(record.attributes.get(`finding.${key}`))
  const { level, msg, told } = JSON.parse(lines[0]!)
  assert.equal(level, 40)
  assert.ok(msg.includes(attribute('title')) && msg.includes(`[${attribute('severity')}]`), msg)
  const text = JSON.stringify(told.findings)
  for (const part of [attribute('since').slice(0, 10), attribute('link'), attribute('changed_before').slice(0, 30)])
    assert.ok(text.includes(part), `${part} is not in ${text}`)
})
