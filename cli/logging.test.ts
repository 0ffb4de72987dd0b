import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logDestination } from '../exporters/log/destination.ts'
import { findingRecord } from '../pipeline/testing/findings.ts'
import { openOutbox, START } from '../tests/told/outbox.ts'
import { terminalLogger } from './logging.ts'

const SETTINGS = { link_base_url: 'http://127.0.0.1:4320', send_resolved: true }

test('on a terminal a message is a sentence, where to go on, and how many more there are', async t => {
  let shown = ''
  const logger = terminalLogger(text => {
    shown += `${text}\n`
  })
  const outbox = await openOutbox(logDestination(SETTINGS, logger), 'log')
  t.after(() => outbox.close())
  const since = new Date(START).toISOString()
  const record = (n: number) =>
    findingRecord({
      event: 'problem.new',
      id: `p-${n}`,
      title: `problem ${n}`,
      since,
      routing: { group_by: [], group_wait_ms: 0 },
      attributes: { 'finding.link': `/problems/${n}` },
    })
  await outbox.accept(...[1, 2, 3, 4, 5].map(record))
  await outbox.pass(1_000)
  const lines = shown.trimEnd().split('\n')
  assert.match(lines[0]!, /^told: \[error\] .*5 findings in checkout, first: problem \d$/)
  assert.match(lines[1]!, /^ {2}http:\/\/127\.0\.0\.1:4320\/problems\/\d$/)
  assert.deepEqual(lines.slice(2), ['  and 4 more: http://127.0.0.1:4320/'])

  shown = ''
  await outbox.accept(
    findingRecord({ event: 'incident.opened', id: 'i', since, title: 'it burns', routing: { group_wait_ms: 0 } }),
  )
  await outbox.pass(1_000)
  assert.equal(shown, 'told: [error] prod checkout: it burns\n  http://127.0.0.1:4320/\n')
})
