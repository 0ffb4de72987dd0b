import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributes, batch, log, resource, span } from '../../exporters/timescale/testing/records.ts'
import { store } from '../../mcp/testing/server.ts'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import { routes } from '../routes.ts'
import { openConsole } from '../testing/server.ts'
import { matchPath } from '../web/state/paths.ts'
import type { AnomalyAnswer } from './anomaly.ts'
import type { BooksAnswer } from './books.ts'
import type { DeploysAnswer } from './deploys.ts'
import type { NodeAnswer, NodesAnswer } from './nodes.ts'
import type { OperationAnswer } from './operation.ts'
import type { RecordAnswer, RecordCountsAnswer, RecordsAnswer } from './search.ts'
import type { ServiceAnswer, ServicesAnswer } from './services.ts'
import type { SlosAnswer } from './slos.ts'
import type { TestRunAnswer, TestsAnswer } from './tests.ts'
import type { TraceAnswer, TraceComparison, TraceSpanAnswer } from './trace.ts'

const MINUTE = 60_000_000_000n
const now = BigInt(Date.now()) * 1_000_000n
const of = (service: string, version = '1.0') =>
  resource({ 'service.name': service, 'deployment.environment.name': 'prod', 'service.version': version })
const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0')
const HOSTILE = '<script>alert(1)</script>\u202e\u001b[31m'

/** Thirty requests of POST /pay, of which the last fails slowly in the database; each in a trace of its own. */
function requests() {
  return Array.from({ length: 30 }, (_, i) => {
    const isBad = i === 29
    const start = now - BigInt(30 - i) * 30_000_000_000n
    const at = (ms: number) => start + BigInt(ms) * 1_000_000n
    const traceId = hex(i + 1, 32)
    const [root, call] = [hex(100 + i, 16), hex(200 + i, 16)]
    return [
      span({
        ...{ resource: of('pay', isBad ? '2.0' : '1.0'), traceId, spanId: root, name: 'POST /pay', kind: 2 },
        ...{ startTimeUnixNano: at(0), endTimeUnixNano: at(isBad ? 900 : 100), statusCode: isBad ? 2 : 0 },
        attributes: attributes({ 'http.route': '/pay', deal_id: `d-${i}` }),
      }),
      span({
        ...{ resource: of('pay'), traceId, spanId: call, parentSpanId: root, name: `SELECT ${i}`, kind: 3 },
        ...{ startTimeUnixNano: at(5), endTimeUnixNano: at(isBad ? 890 : 60), statusCode: isBad ? 2 : 0 },
        statusMessage: isBad ? HOSTILE : '',
        attributes: attributes({ 'db.system.name': 'postgresql', 'db.namespace': 'orders' }),
      }),
    ]
  }).flat()
}

async function open(t: Parameters<typeof openConsole>[0]) {
  const made = await openConsole(t)
  await store(
    made.database,
    batch('traces', 'requests', requests()),
    batch('logs', 'lines', [
      log({
        ...{
          resource: of('pay', '2.0'),
          timeUnixNano: now - MINUTE,
          severityNumber: 17,
          body: `card refused ${HOSTILE}`,
        },
        ...{ traceId: hex(30, 32), spanId: hex(129, 16) },
        fingerprint: { id: 7n, kind: 'error', version: 1, template: 'card refused <*>' },
      }),
      log({
        ...{ resource: of('pay'), timeUnixNano: now - 20n * MINUTE, severityNumber: 9, body: 'ready' },
        fingerprint: { id: 9n, kind: 'log', version: 1, template: 'ready' },
      }),
      log({
        ...{ resource: of('mail'), timeUnixNano: now - 2n * MINUTE, severityNumber: 9, body: 'mail sent' },
        fingerprint: { id: 8n, kind: 'log', version: 1, template: 'mail sent' },
      }),
    ]),
  )
  while ((await foldSightings(made.client)).sightings > 0);
  const good = async <T>(question: string): Promise<T> => {
    const { status, data, error } = await made.get<T>(question)
    assert.equal(status, 200, `${question}: ${error}`)
    return data
  }
  return { ...made, good }
}

test('spike, trace, span, a good trace and many of the operation: each leads to the next', async t => {
  const { get, good } = await open(t)
  const { services, map } = await good<ServicesAnswer>('services?range=1h')
  assert.deepEqual(
    services.map(({ service, requests, errors }) => [service, requests, errors]),
    [['pay', 30, 1]],
  )
  assert.ok(map.edges.some(({ caller, callee }) => caller === 'pay' && callee.includes('orders')))
  const service = await good<ServiceAnswer>('service?service=pay&range=1h')
  const [operation] = service.operations
  assert.deepEqual([operation?.operation, operation?.errors, operation?.traceId], ['POST /pay', 1, hex(30, 32)])
  assert.deepEqual(service.releases.map(({ release }) => release).sort(), ['1.0', '2.0'])
  assert.deepEqual(
    service.problems.map(({ fingerprint }) => fingerprint),
    [hex(7, 16)],
  )
  const trace = await good<TraceAnswer>(`trace?id=${operation!.traceId}`)
  assert.deepEqual(
    trace.spans.map(one => [one.operation_name, one.status, Math.round(one.start_ms), Math.round(one.duration_ms)]),
    [
      ['POST /pay', 'error', 0, 900],
      ['SELECT 29', 'error', 5, 885],
    ],
  )
  assert.deepEqual(
    trace.logs.map(({ span_id }) => span_id),
    [hex(129, 16)],
  )
  const { span } = await good<TraceSpanAnswer>(`trace-span?trace=${hex(30, 32)}&span=${hex(129, 16)}`)
  assert.deepEqual(span.attributes, { 'http.route': '/pay', deal_id: 'd-29' })
  const compared = await good<TraceComparison>(`trace-comparison?trace=${hex(30, 32)}`)
  assert.equal(Math.round(compared.good!.durationMs), 100)
  assert.equal(compared.differs[0]?.operation, 'SELECT <num>')
  assert.equal(Math.round(compared.differs[0]!.selfDifferenceMs), 830)
  const many = await good<OperationAnswer>('operation?service=pay&operation=POST%20%2Fpay&range=1h')
  assert.deepEqual(
    many.paths.map(({ operation, traces, errors }) => [operation, traces, errors]),
    [
      ['POST /pay', 30, 1],
      ['SELECT <num>', 30, 1],
    ],
  )
  assert.equal(many.failed[0]?.traceId, hex(30, 32))
  for (const unknown of [`trace?id=${'f'.repeat(32)}`, `trace-span?trace=${hex(30, 32)}&span=${hex(1, 16)}`]) {
    assert.equal((await get(unknown)).status, 404)
  }
})

test('what is searched is found, counted, shown whole, and can be asked elsewhere: as SQL and as a call of an agent', async t => {
  const { get, good, client } = await open(t)
  const found = await get<RecordsAnswer>('records?q=card%20refused')
  assert.deepEqual(
    found.data.rows.map(({ kind, service }) => [kind, service]),
    [['log', 'pay']],
  )
  assert.deepEqual(found.data.tool, {
    name: 'search_events',
    arguments: { query: 'card refused', env: '*', minutes: 60 },
  })
  assert.equal(found.sql.length, 1, 'one statement says it')
  assert.equal((await client.query(found.sql[0]!)).rows.length, 1)
  const [row] = found.data.rows
  const question = new URLSearchParams({ kind: row!.kind, at: row!.timestamp, ref: row!.ref })
  const { record } = await good<RecordAnswer>(`record?${question}`)
  assert.equal(record.trace_id, hex(30, 32))
  const filtered = await good<RecordsAnswer>('records?q=kind:span%20http.route:/pay%20level:error&columns=http.route')
  assert.deepEqual(
    filtered.rows.map(({ attributes }) => attributes),
    [{ 'http.route': '/pay' }],
  )
  assert.equal(filtered.tool.name, 'query_sql')
  const counts = await good<RecordCountsAnswer>('record-counts?q=')
  assert.deepEqual(counts.patterns.map(({ template }) => template).sort(), ['card refused <*>', 'mail sent', 'ready'])
  const narrowed = await good<RecordsAnswer>('records?q=&env=dev')
  assert.deepEqual(narrowed.rows, [], 'the environment of the bar holds')
  const { faults } = await good<RecordsAnswer>('records?q=servce:pay')
  assert.match(faults[0]!.message, /did you mean service/)
  assert.equal((await get('records?q=&skip=-1')).status, 400)
})

test('tests, deploys, objectives, nodes and the books answer, empty and with rows', async t => {
  const { client, get, good } = await open(t)
  const empty = await good<TestsAnswer>('tests?range=1h')
  assert.deepEqual([empty.runs, empty.failing], [[], []])
  await client.query(`
    INSERT INTO test_runs (timestamp, run_id, repository, branch, commit_sha, source, attempt, total_tests, passed_tests, failed_tests, skipped_tests,
      duration_ms, environment, attributes, resource_id, scope_id)
    SELECT now() - n * interval '1 minute', 'r-' || n, 'acme/shop', 'main', 'c0ffee', CASE n WHEN 1 THEN 'ci' ELSE 'local' END, 1, 2, 2 - n % 2, n % 2, 0,
      1000 * n, 'ci', '{}', 1, 1 FROM generate_series(1, 2) n;
    INSERT INTO test_failures (timestamp, run_id, repository, commit_sha, test_name, outcome, attempt, error_message, environment, attributes, resource_id, scope_id)
    SELECT now() - interval '1 minute', 'r-1', 'acme/shop', 'c0ffee', 'cart <b>adds</b> up', 'failed', 1, 'no', 'ci', '{}', 1, 1;
    INSERT INTO slo_status VALUES ('checkout', 'pay', 'prod', 0.99, 30, 1000, 20, -1, 'fast', now());
    INSERT INTO node_registry (node_id, name, key_hash) VALUES ('kitchen', 'Kitchen laptop', 'x'), ('attic', 'Attic', 'y');
    INSERT INTO node_telemetry (node_id, type, payload, severity, created_at, message, service, environment, attributes, resource_id, scope_id)
    VALUES ('kitchen', 'crash_report', '{}', 'critical', now() - interval '1 second', 'crash', 'node', 'prod', '{}', 1, 1)`)
  const tests = await good<TestsAnswer>('tests?range=1h')
  assert.deepEqual(
    tests.failing.map(row => [row.test_name, row.runs, row.passed_elsewhere, row.in_ci, row.in_local]),
    [['cart <b>adds</b> up', 1, 1, 1, 0]],
  )
  assert.deepEqual(
    tests.places.map(({ source, failed_runs }) => [source, failed_runs]),
    [
      ['ci', 1],
      ['local', 0],
    ],
  )
  const run = await good<TestRunAnswer>('test-run?id=r-1')
  assert.deepEqual([run.failures.length, run.others.map(({ run_id }) => run_id)], [1, ['r-2']])
  const { deploys } = await good<DeploysAnswer>('deploys?range=1h')
  const release = deploys.find(({ change }) => change.release === '2.0')
  assert.ok(release!.before.requests >= 27)
  assert.equal(release!.before.requests + release!.after.requests, 30)
  assert.deepEqual(
    release!.newProblems.map(({ fingerprint }) => fingerprint),
    [hex(7, 16)],
  )
  assert.deepEqual(
    (await good<SlosAnswer>('slos')).objectives.map(({ objective, budgetLeft, burning }) => [
      objective,
      budgetLeft,
      burning,
    ]),
    [['checkout', -1, 'fast']],
  )
  const { nodes } = await good<NodesAnswer>('nodes')
  assert.deepEqual(
    nodes.map(({ name, state, unresolved }) => [name, state, unresolved]),
    [
      ['Kitchen laptop', 'alive', 1],
      ['Attic', 'never seen', 0],
    ],
  )
  assert.equal((await good<NodeAnswer>('node?id=kitchen')).troubles.length, 1)
  assert.equal((await get('node?id=cellar')).status, 404)
  const books = await good<BooksAnswer>('books')
  assert.ok(books.accounts.every(({ unaccounted }) => Number(unaccounted) === 0))
  assert.ok(books.tables.some(({ table, bytes }) => table === 'spans' && Number(bytes) > 0))
})

test('an anomaly says what it is part of, to those who may see its service', async t => {
  const { client, get, good } = await open(t)
  const id = '0d9e1f42-1111-8222-8333-444455556666'
  await client.query(`
    INSERT INTO anomalies (id, timestamp, service, metric_name, anomaly_type, severity, current_value, expected_value, deviation_percent,
      description, environment, series_kind, series_name, started_at, found_at, peak_at, chance, updated_at, shared, changed_before)
    VALUES ('${id}', now(), 'pay', 'error_rate', 'sla_breach', 'error', 0.2, 0.01, 1900, 'pay charge: 20 % errors', 'prod', 'operation',
      'charge', now() - interval '5 minutes', now(), now(), 0.001, now(), '{"words":"shop.currency=PLN in 9 of 9"}', '["pay 2.0 (deployment)"]')`)
  const shown = await good<AnomalyAnswer>(`anomaly?id=${id}`)
  assert.deepEqual(
    [shown.service, shown.operation, shown.shared, shown.changed_before, shown.incident_id, shown.ended_at],
    ['pay', 'charge', 'shop.currency=PLN in 9 of 9', ['pay 2.0 (deployment)'], undefined, undefined],
  )
  assert.equal((await get('anomaly?id=0d9e1f42-1111-8222-8333-444455550000')).status, 404)
  assert.equal((await get('anomaly?id=1')).status, 400)
})

test('where the links of messages lead there is a page', () => {
  const named = (path: string) => matchPath(path, routes)?.route.name
  assert.deepEqual(
    [
      '/incidents/5a21',
      '/anomalies/0d9e',
      '/problems/97cf',
      '/slos/shop-checkout',
      '/nodes/kitchen',
      '/reports/r1',
    ].map(named),
    ['incident', 'anomaly', 'problem', 'slo', 'node', 'report'],
  )
})
