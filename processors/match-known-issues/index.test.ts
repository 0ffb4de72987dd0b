import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { attributes, batch, log, resource, span } from '../../exporters/timescale/testing/records.ts'
import type { Batch, LogRecord, Span } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { writeKnownIssue } from '../../store/known-issues/issues.ts'
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

test('an issue that is a group names all its problems, also one that joins it later', async t => {
  const { database, url } = await createDatabase()
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  const join = (fingerprint: number, group: number) =>
    client.query(
      `INSERT INTO fingerprints (fingerprint, group_id, automatic_group, kind, version, template, sample, severity_number, records, first_seen, last_seen)
       VALUES ($1, $2, $2, 'log', 1, 'pool is dry', 'pool is dry', 17, 1, now(), now())`,
      [fingerprint, group],
    )
  await join(7, 7)
  await join(8, 7)
  await join(9, 9)
  const rest = { description: undefined, fixVersion: undefined, fixCommit: undefined, fixInstructions: undefined }
  const anywhere = { sources: undefined, services: undefined, fixType: undefined, autoResolve: false }
  await writeKnownIssue(client, {
    ...{ ...rest, ...anywhere },
    ...{ name: 'dry-pool', pattern: '0000000000000007', matchKind: 'group' },
  })
  const got: Batch[] = []
  const context = testContext('match_known_issues', { database })
  const component = matchKnownIssues.create({ refresh_ms: 100 }, async one => void got.push(one), context)
  await component.start!(AbortSignal.timeout(30_000))
  t.after(() => component.shutdown!(AbortSignal.timeout(5_000)))
  const named = async (...ids: bigint[]) => {
    const records = ids.map(id =>
      log({
        resource: of('1.0'),
        severityNumber: 17,
        fingerprint: { id, kind: 'log', version: 1, template: 'pool is dry' },
      }),
    )
    await component.consume!(batch('logs', 'one', records), AbortSignal.timeout(5_000))
    return (got.pop()!.items as readonly LogRecord[]).map(({ attributes }) => attributes.get('known_issue.name'))
  }
  assert.deepEqual(await named(7n, 8n, 9n, 10n), ['dry-pool', 'dry-pool', undefined, undefined])
  await join(10, 7)
  while ((await named(10n))[0] === undefined) await client.query('SELECT') // the list is read anew now and then
})
