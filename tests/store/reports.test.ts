import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openClient, openExporter } from '../../exporters/timescale/testing/exporter.ts'
import { attributes, batch, log, resource } from '../../exporters/timescale/testing/records.ts'
import { CAUSE_ID, COMMIT, incident, TIMES } from '../../mcp/testing/incident.ts'
import type { LogRecord } from '../../pipeline/model/index.ts'
import { writeCodePlaces, writeCommit } from '../../store/code/changes.ts'
import { writeRange } from '../../store/code/ranges.ts'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import { giveFeedback, readAccuracy } from '../../store/reports/feedback.ts'
import { listReports, readReport } from '../../store/reports/people.ts'
import { reportRound } from '../../store/reports/round.ts'
import { createDatabase } from '../postgres.ts'

const MINUTE_MS = 60_000
const OPTIONS = { receiver: 'reports', windowMs: 5 * MINUTE_MS, usualMs: 15 * MINUTE_MS, againMs: 5 * MINUTE_MS }
const NOW = BigInt(Date.now()) * 1_000_000n

function dropped(
  at: Date,
  fields: { readonly code?: string; readonly priority?: string; readonly order?: string } = {},
): LogRecord {
  const { code = 'TIMEOUT', priority = 'high', order = 'txn-456' } = fields
  return log({
    resource: resource({ 'service.name': 'web', 'deployment.environment.name': 'prod' }),
    timeUnixNano: BigInt(+at) * 1_000_000n,
    severityNumber: 17,
    body: `SESSION_DROP: ${code}`,
    eventName: 'debug.SESSION_DROP',
    attributes: attributes({
      'debug.event_type': 'SESSION_DROP',
      'debug.priority': priority,
      'debug.error_code': code,
      'debug.correlation_id': order,
      request_id: order,
    }),
  })
}

async function open(t: TestContext) {
  const made = await createDatabase()
  const { consume } = await openExporter(t, made)
  const client = await openClient(t, made)
  const rows = async (sql: string, values: readonly unknown[] = []) => (await client.query(sql, [...values])).rows
  return { consume, client, rows }
}

test('a debug event of high priority is explained: service, release, commit, exception and a path of rows that exist', async t => {
  const { consume, client, rows } = await open(t)
  const { batches, at } = incident(NOW)
  for (const one of batches) await consume(one)
  while ((await foldSightings(client)).sightings > 0);
  const when = at(TIMES.onset - 3)
  await writeCodePlaces(client, [{ service: 'pay', repository: 'shop/pay', path: '' }])
  const hunks = [{ start: 50, lines: 20, function: 'function rateFor(currency)', messages: [], isOnlySaid: false }]
  const files = [{ path: 'pay/rates.ts', added: 20, removed: 1, hunks }]
  const change = {
    repository: 'shop/pay',
    commit: COMMIT,
    author: 'Ada',
    title: 'Settle with live rates',
    isCut: false,
  }
  await writeCommit(client, { ...change, at: at(TIMES.deploy + 60), files })
  const events = [dropped(when), dropped(when, { code: 'NOISE', priority: 'low' })]
  await consume(batch('logs', 'drops', events))
  assert.equal(await reportRound(client, OPTIONS, +when + 1_000), 1)

  const [{ id } = { id: '' }] = await listReports(client, { service: undefined, since: new Date(0), limit: 9 })
  const report = await readReport(client, id)
  const [first] = report.hypotheses as [Record<string, unknown>]
  assert.partialDeepStrictEqual(first, {
    ...{ kind: 'code_change', name: 'pay', release: '2.0', commit: COMMIT.slice(0, 12), exception: 'NoRateError' },
    ...{ function: 'rateFor', fingerprint: CAUSE_ID, operation: 'POST /charge' },
  })
  assert.match(String((first.shared as string[])[0]), /^shop\.locale=sv-SE /)
  assert.match(
    String((first.because as string[])[0]),
    /^commit 5f2c1ab9d0c1 "Settle with live rates" by Ada: it changed the line that throws \(pay\/rates\.ts:58\)$/,
  )
  const path = first.path as { table: string; id: string }[]
  assert.deepEqual(
    path.map(({ table }) => table),
    ['application_logs', 'trace_spans', 'trace_spans', 'fingerprints', 'service_releases'],
  )
  const [{ n }] = await rows('SELECT count(*)::int AS n FROM trace_spans WHERE trace_id = $1', [path[1]!.id])
  assert.ok(n >= 2)
  const [told] = await rows('SELECT finding FROM reflex_outbox')
  assert.match(told.finding.title, /^Likely cause: pay: a change of its code \(.*2\.0.*% sure$/)
  const picture = JSON.parse(told.finding.attributes['finding.picture']) as { counts: number[]; marks: number[] } // ours
  assert.ok(picture.counts.length === 60 && picture.counts.at(0) === 0 && Math.max(...picture.counts) > 0)
  assert.deepEqual(picture.marks, [+at(TIMES.deploy)])
  assert.match(told.finding.body, /since .*\n.*failures began|times as slow/)

  await t.test('the same again has the same report, and is not told twice', async () => {
    await consume(batch('logs', 'again', [dropped(new Date(+when + 10_000), { order: 'txn-457' })]))
    await reportRound(client, OPTIONS, +when + 20_000)
    assert.equal((await rows('SELECT FROM reports')).length, 1)
    assert.equal((await rows('SELECT FROM report_triggers')).length, 2)
    assert.equal((await rows('SELECT FROM reflex_outbox')).length, 1)
  })

  await t.test(
    'feedback is kept, moves the weights once for each person, and is in the table of accuracy',
    async () => {
      const say = (by: string, verdict: 'right' | 'wrong') =>
        giveFeedback(client, { report: id.slice(0, 6), by, verdict })
      const before = (await say('ada', 'right')).weightsVersion
      assert.equal((await say('bob', 'wrong')).weightsVersion, before + 1)
      assert.equal((await say('bob', 'right')).weightsVersion, before + 1)
      const [all] = (await readAccuracy(client)).filter(({ kind, said }) => kind === 'all' && said === 'all')
      assert.partialDeepStrictEqual(all, { reports: 1, judged: 1, right: 1 })
      await assert.rejects(giveFeedback(client, { report: id, by: 'ada', verdict: 'other', place: 19 }), /no number 19/)
      await assert.rejects(say('', 'right'))
    },
  )
})

test('where the commits between two releases are known, one of another branch takes no blame, though it is nearer', async t => {
  const { consume, client, rows } = await open(t)
  const { batches, at } = incident(NOW)
  for (const one of batches) await consume(one)
  while ((await foldSightings(client)).sightings > 0);
  await writeCodePlaces(client, [{ service: 'pay', repository: 'shop/pay', path: '' }])
  const hunks = [{ start: 50, lines: 20, function: 'function rateFor(currency)', messages: [], isOnlySaid: false }]
  const commit = (id: string, path: string, minutesBefore: number) =>
    writeCommit(client, {
      ...{ repository: 'shop/pay', commit: id, author: 'Ada', title: `of ${path}`, isCut: false },
      at: at(TIMES.deploy + minutesBefore),
      files: [{ path, added: 20, removed: 1, hunks }],
    })
  const [merged, elsewhere] = ['1a'.repeat(20), '2b'.repeat(20)]
  await commit(COMMIT, 'README.md', 2)
  await commit(elsewhere, 'pay/rates.ts', 60)
  await commit(merged, 'pay/rates.ts', 3 * 24 * 60)
  const when = at(TIMES.onset - 3)
  const blamed = async (order: string) => {
    await client.query('DELETE FROM reports')
    await consume(batch('logs', order, [dropped(when, { order, code: order })]))
    await reportRound(client, OPTIONS, +when + 1_000)
    return (await rows('SELECT commit FROM hypotheses WHERE place = 1'))[0]?.commit
  }
  assert.equal(await blamed('txn-1'), elsewhere.slice(0, 12), 'of two weeks, the newest that changed the line')
  const range = { service: 'pay', previous: '1.0', release: '2.0', repository: 'shop/pay' }
  await writeRange(client, { ...range, commits: [COMMIT, merged], note: undefined })
  await client.query("DELETE FROM jobs WHERE job = 'reports'")
  assert.equal(await blamed('txn-2'), merged.slice(0, 12))
  await writeRange(client, { ...range, commits: undefined, note: 'release 2.0 is no tag' })
  await client.query("DELETE FROM jobs WHERE job = 'reports'")
  assert.equal(await blamed('txn-3'), elsewhere.slice(0, 12), 'a range that is not known leaves none out')
})

test('what nothing is known of has a report that says so, and a store that does not answer holds none up', async t => {
  const { consume, client, rows } = await open(t)
  const when = new Date(Date.now() - MINUTE_MS)
  await consume(batch('logs', 'one', [dropped(when)]))
  await client.query('ALTER TABLE spans RENAME TO spans_away')
  await reportRound(client, OPTIONS, +when + 1_000)
  await client.query('ALTER TABLE spans_away RENAME TO spans')
  await consume(batch('logs', 'two', [dropped(when, { code: 'OTHER' })]))
  await reportRound(client, OPTIONS, +when + 2_000)
  const reports = await rows('SELECT text, notes FROM reports ORDER BY created_at')
  assert.match(JSON.stringify(reports[0]!.notes), /spans and logs of these minutes could not be read/)
  assert.match(JSON.stringify(reports[1]!.notes), /not enough evidence: no service sent spans/)
})
