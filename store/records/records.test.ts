import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { fingerprintOf, LOG_TEMPLATE_VERSION } from '../../analysis/log-template/fingerprint.ts'
import { parseRecordQuery } from '../../analysis/record-query/parse.ts'
import { openClient, openExporter } from '../../exporters/timescale/testing/exporter.ts'
import { attributes, batch, log, resource, span } from '../../exporters/timescale/testing/records.ts'
import { withAccess } from '../../mcp/access.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { foldSightings } from '../fingerprints/fold.ts'
import { createSearcher } from '../search/index.ts'
import { readTerms } from './conditions.ts'
import { countRecords } from './count/index.ts'
import { findRecords } from './find.ts'
import { readRecord } from './one.ts'
import { plainStatement } from './statement.ts'

const SECOND = 1_000_000_000n
const START = 1_785_579_600n * SECOND
const NOW = new Date('2026-08-01T11:00:00Z')
const TRACE = 'ab'.repeat(16)
const SHOP = resource({ 'service.name': 'shop', 'deployment.environment.name': 'production', 'service.version': 'v2' })
const MAIL = resource({ 'service.name': 'mail', 'deployment.environment.name': 'dev' })

function line(message: string, seconds: number, fields: Parameters<typeof log>[0] = {}) {
  const { id, template } = fingerprintOf(message)
  return log({
    resource: SHOP,
    body: message,
    timeUnixNano: START + BigInt(seconds) * SECOND,
    severityNumber: 9,
    fingerprint: { id, kind: 'log', version: LOG_TEMPLATE_VERSION, template },
    ...fields,
  })
}

async function openStore(t: TestContext) {
  const made = await createDatabase()
  const { consume } = await openExporter(t, made)
  const client = await openClient(t, made)
  await consume(
    batch('logs', 'logs', [
      line('order ord_1 paid', 1, { attributes: attributes({ deal_id: 'd-17', 'http.route': '/cart', region: 'eu' }) }),
      line('order ord_2 refused: card expired', 2, { severityNumber: 17, traceId: TRACE, spanId: '01'.repeat(8) }),
      line('<script>alert(1)</script> \u001b[31m \u202e order', 3, { severityNumber: 13 }),
      line('mail sent', 4, { resource: MAIL }),
      line('mail sent', 64, { resource: MAIL }),
    ]),
  )
  await consume(
    batch('traces', 'spans', [
      span({
        resource: SHOP,
        traceId: TRACE,
        spanId: '01'.repeat(8),
        name: 'POST /checkout',
        kind: 2,
        statusCode: 2,
        statusMessage: 'card expired',
        startTimeUnixNano: START,
        endTimeUnixNano: START + SECOND,
        attributes: attributes({ 'http.route': '/checkout' }),
      }),
      span({
        resource: SHOP,
        traceId: TRACE,
        spanId: '02'.repeat(8),
        parentSpanId: '01'.repeat(8),
        name: 'SELECT',
        startTimeUnixNano: START,
        endTimeUnixNano: START + SECOND / 20n,
      }),
    ]),
  )
  while ((await foldSightings(client)).sightings > 0);
  await client.query(
    `INSERT INTO test_failures (timestamp, run_id, repository, test_name, outcome, attempt, error_message, environment, attributes, resource_id, scope_id)
     VALUES ('2026-08-01T10:30:00Z', 'r-1', 'shop', 'cart adds up', 'failed', 1, 'order is not a function', 'ci', '{}', 1, 1)`,
  )
  const searcher = createSearcher(made.database)
  const ask = <T>(work: (access: Parameters<Parameters<typeof withAccess>[2]>[0]['access']) => Promise<T>) =>
    withAccess(made.database, { services: undefined, searcher }, ({ access }) => work(access))
  const find = (text: string, options: Partial<Parameters<typeof findRecords>[1]> = {}) =>
    ask(access =>
      findRecords(parseRecordQuery(text, NOW), {
        read: access.rows,
        visible: null,
        limit: 100,
        budgetMs: 60_000,
        ...options,
      }),
    )
  const messages = async (text: string, options = {}) =>
    (await find(text, options)).rows.map(({ kind, message }) => `${kind}: ${message}`)
  const count = (text: string) =>
    ask(access => countRecords(parseRecordQuery(text, NOW), { read: access.rows, visible: null, budgetMs: 60_000 }))
  return { ask, find, messages, count, client, consume }
}

test('records of all kinds are found by words and filters, the newest first', async t => {
  const { messages } = await openStore(t)
  assert.deepEqual(await messages('order since:2h'), [
    'test: order is not a function',
    'log: <script>alert(1)</script> \ufffd[31m \ufffd order',
    'log: order ord_2 refused: card expired',
    'log: order ord_1 paid',
  ])
  const found: readonly [string, readonly string[]][] = [
    ['deal_id:d-17', ['log: order ord_1 paid']],
    ['http.route:/cart', ['log: order ord_1 paid']],
    ['attr.region:e*', ['log: order ord_1 paid']],
    ['"card expired" -kind:span', ['log: order ord_2 refused: card expired']],
    ['level:error service:shop kind:log,span', ['log: order ord_2 refused: card expired', 'span: card expired']],
    ['kind:span duration:<100ms', ['span: SELECT']],
    ['duration:<100ms', ['span: SELECT']],
    ['kind:span -duration:<100ms', ['span: card expired']],
    [`trace:${TRACE} -level:error`, ['span: SELECT']],
    ['env:prod release:v2 level:info', ['log: order ord_1 paid']],
    ['-env:prod -env:ci', ['log: mail sent', 'log: mail sent']],
    ['order -ord_1 -level:error kind:log', ['log: <script>alert(1)</script> \ufffd[31m \ufffd order']],
    ['ord_9', []],
    ['duration:>1h', []],
  ]
  for (const [text, expected] of found) assert.deepEqual(await messages(`${text} since:2h`), expected, text)
})

test('a page goes on exactly where the one before ended', async t => {
  const { find } = await openStore(t)
  const whole = (await find('since:2h -kind:test')).rows
  const paged: object[] = []
  let more: { before?: string; skip?: number } = {}
  for (let page = 0; page < 10; page++) {
    const { rows, hasMore } = await find('since:2h -kind:test', { limit: 2, ...more })
    paged.push(...rows)
    const last = rows.at(-1)
    if (!hasMore || last === undefined) break
    more = { before: last.timestamp, skip: rows.filter(row => row.timestamp === last.timestamp).length }
  }
  assert.deepEqual(paged, whole)
})

test('the statement that is copied finds the same, and a record is read whole by its link', async t => {
  const { find, ask, client } = await openStore(t)
  for (const text of [
    'order since:2h',
    'level:error since:2h',
    'http.route:/cart attr.region:e* since:2h',
    'env:prod -"card expired" since:2h',
  ]) {
    const { rows } = await client.query<{ ref: string }>(
      await ask(
        async access =>
          plainStatement(
            parseRecordQuery(text, NOW),
            await readTerms(access.rows, parseRecordQuery(text, NOW)),
            null,
            100,
          )!,
      ),
    )
    assert.deepEqual(rows.map(({ ref }) => ref).sort(), (await find(text)).rows.map(({ ref }) => ref).sort(), text)
  }
  const [row] = (await find('deal_id:d-17 since:2h')).rows
  const record = await ask(access => readRecord(access.rows, row!, null))
  assert.deepEqual(record?.attributes, { deal_id: 'd-17', 'http.route': '/cart', region: 'eu' })
  assert.deepEqual(record?.resource, {
    'service.name': 'shop',
    'deployment.environment.name': 'production',
    'service.version': 'v2',
  })
  assert.equal(
    await ask(access => readRecord(access.rows, row!, ['mail'])),
    undefined,
    'not for who may not see the service',
  )
  for (const kind of ['span', 'test'] as const) {
    const [other] = (await find(`kind:${kind} since:2h`)).rows
    assert.equal((await ask(access => readRecord(access.rows, other!, null)))?.kind, kind)
  }
})

test('failures of one service are all found, the newest first, however many of others lie between and have one time', async t => {
  const { find, consume } = await openStore(t)
  const lines = Array.from({ length: 900 }, (_, i) =>
    line(`mail ${i} lost`, 100 + (i < 300 ? 0 : i), { severityNumber: 17, ...(i % 3 === 0 ? {} : { resource: MAIL }) }),
  )
  await consume(batch('logs', 'failures', lines))
  const { rows, hasMore } = await find('level:error service:mail since:2h', { limit: 1_000, budgetMs: 60_000 })
  assert.deepEqual([rows.length, hasMore], [600, false])
  assert.deepEqual(
    rows.map(({ timestamp }) => timestamp),
    rows
      .map(({ timestamp }) => timestamp)
      .sort()
      .reverse(),
  )
  assert.deepEqual((await find('level:error service:nobody since:2h')).rows, [])
  assert.equal((await find('level:error service:mail release:v2 since:2h')).rows.length, 0)
})

test('counts are the same by minutes and by records; patterns have their trend', async t => {
  const { count } = await openStore(t)
  const byMinute = await count('since:2h')
  assert.equal(byMinute.basis, 'minutes')
  assert.equal(byMinute.total, 5, 'five log lines have a pattern')
  const mail = byMinute.patterns.find(({ template }) => template === 'mail sent')
  assert.deepEqual(
    [mail?.count, mail?.services, mail?.before, mail?.trend.reduce((a, b) => a + b)],
    [2, ['mail'], 0, 2],
  )
  const byRecord = await count('since:2h kind:log -nothing')
  assert.equal(byRecord.basis, 'newest')
  assert.equal(byRecord.total, 5)
  const valuesOf = ({ facets }: typeof byRecord, field: string) =>
    Object.fromEntries(facets.find(one => one.field === field)?.values.map(({ value, count }) => [value, count]) ?? [])
  for (const field of ['service', 'env', 'level'])
    assert.deepEqual(valuesOf(byMinute, field), valuesOf(byRecord, field), field)
  assert.deepEqual(valuesOf(byMinute, 'level'), { info: 3, warn: 1, error: 1 })
  assert.deepEqual(byMinute.bars, byRecord.bars)
  assert.ok(byMinute.bars.length <= 61)
})

test('of whole minutes, sums, bars, facets and patterns by the minute are those of the records, whatever is asked for', async t => {
  const { count, consume, client } = await openStore(t)
  const levels = { 'paid with card': 9, 'slow answer': 13, 'card refused': 17, 'out of memory': 21 }
  const resources = [SHOP, MAIL, resource({ 'service.name': 'stock', 'deployment.environment.name': 'production' })]
  for (let minute = 0; minute < 40; minute++) {
    const lines = Object.entries(levels).flatMap(([message, severityNumber], of) =>
      resources.flatMap((one, at) =>
        Array.from({ length: (minute * 7 + of * 3 + at * 5) % 4 }, (_, n) =>
          line(message, 60 * minute + 1 + n * 19, { severityNumber, resource: one }),
        ),
      ),
    )
    // What one request holds is told by when it begins and ends.
    await consume(batch('logs', `minute ${minute}`, lines))
  }
  while ((await foldSightings(client)).sightings > 0);
  const range = 'since:39m until:5m'
  for (const text of [
    '',
    'service:mail',
    '-service:mail,shop',
    'level:error,fatal',
    'env:prod -level:info',
    'service:nobody',
  ]) {
    const byMinute = await count(`${text} ${range}`)
    const byRecord = await count(`${text} kind:log -nothing ${range}`)
    assert.deepEqual([byMinute.basis, byRecord.basis], ['minutes', 'newest'])
    assert.equal(byMinute.total > 0, !text.includes('nobody'), text)
    for (const part of ['total', 'barMs', 'bars'] as const) assert.deepEqual(byMinute[part], byRecord[part], text)
    const sorted = <T>(list: readonly T[], by: (one: T) => string) => list.toSorted((a, b) => (by(a) < by(b) ? -1 : 1))
    const facets = ({ facets }: typeof byRecord) =>
      facets
        .filter(({ field }) => ['service', 'env', 'level'].includes(field))
        .map(({ field, values }) => [field, sorted(values, ({ value }) => value)])
    assert.deepEqual(facets(byMinute), facets(byRecord), text)
    const patterns = (of: typeof byRecord) =>
      sorted(of.patterns, ({ fingerprint }) => fingerprint).map(({ before: _, ...one }) => one)
    assert.deepEqual(patterns(byMinute), patterns(byRecord), text)
  }
})

test('what is counted by minutes is complete however many patterns there are, and the most frequent are told', async t => {
  const { count, client } = await openStore(t)
  const before = await count('since:2h')
  await client.query(
    `INSERT INTO fingerprint_sightings SELECT n, 'log', 1, 'pattern ' || n, 'pattern ' || n, 9, 'shop', 'production', 'v2',
       CASE n WHEN 6000 THEN 7 ELSE 1 END, '2026-08-01T10:30:00Z', '2026-08-01T10:30:00Z' FROM generate_series(1, 6000) n`,
  )
  while ((await foldSightings(client)).sightings > 0);
  const { total, patterns, facets, bars } = await count('since:2h')
  assert.equal(total, before.total + 6_006)
  assert.deepEqual([patterns.length, patterns[0]?.template, patterns[0]?.count], [50, 'pattern 6000', 7])
  const shop = facets.find(({ field }) => field === 'service')?.values.find(({ value }) => value === 'shop')
  assert.ok((shop?.count ?? 0) >= 6_006)
  const counted = bars.reduce((sum, { counts }) => sum + Object.values(counts).reduce((all, one) => all + one, 0), 0)
  assert.equal(counted, total)
})

test('where time runs out, it is said back to when all was looked at, and nothing older is shown', async t => {
  const { find } = await openStore(t)
  const { rows, lookedBackTo, hasMore } = await find('since:2h', { budgetMs: -1 })
  assert.deepEqual(rows, [])
  assert.equal(lookedBackTo, NOW.toISOString())
  assert.equal(hasMore, true)
})
