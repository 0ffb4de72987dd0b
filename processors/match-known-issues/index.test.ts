import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributes, batch, log, resource, span } from '../../exporters/timescale/testing/records.ts'
import type { Batch, LogRecord, Span } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { testComponent } from '../../tests/contract/index.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { matchKnownIssues } from './index.ts'

testComponent(matchKnownIssues)

const of = (version: string) => resource({ 'service.name': 'node', 'service.version': version })

test('warnings, errors and failed spans name the issue that they show, and that it is back on a version with the fix', async t => {
  const { database } = await createDatabase()
  const got: Batch[] = []
  const context = testContext('match_known_issues', { database })
  const component = matchKnownIssues.create({ refresh_ms: 5_000 }, async one => void got.push(one), context)
  await component.start!(AbortSignal.timeout(30_000))
  t.after(() => component.shutdown!(AbortSignal.timeout(5_000)))
  const failed = (severityNumber: number, version: string) =>
    log({ resource: of(version), severityNumber, body: 'listen EADDRINUSE: address already in use' })
  const exception = { name: 'exception', timeUnixNano: 1n, droppedAttributesCount: 0 }
  const spans = [
    span({
      resource: of('0.3.0'),
      statusCode: 2,
      events: [{ ...exception, attributes: attributes({ 'exception.message': 'EADDRINUSE' }) }],
    }),
  ]
  const signal = AbortSignal.timeout(5_000)
  await component.consume!(batch('logs', 'one', [failed(17, '0.3.0'), failed(17, '0.3.1'), failed(9, '0.3.0')]), signal)
  await component.consume!(batch('traces', 'two', spans), signal)
  const items = got.flatMap(({ items }) => items as readonly (LogRecord | Span)[])
  assert.deepEqual(
    items.map(({ attributes }) => [attributes.get('known_issue.name'), attributes.get('known_issue.is_back')]),
    [
      ['port-conflict', undefined],
      ['port-conflict', true],
      [undefined, undefined],
      ['port-conflict', undefined],
    ],
  )
})
