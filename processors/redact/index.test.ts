import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import type { AttributeValue, Batch, BatchOf, Item, LogRecord, Signal } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { testComponent } from '../../tests/contract/index.ts'
import { readRecord } from '../../tests/contract/read-records.ts'
import { redact } from './index.ts'

testComponent(redact)

function logBatch(items: readonly Item[]): Batch {
  const account = { receiver: 'otlp', received: items.length, dropped: new Map(), rejected: [] }
  return { id: '1', signal: 'logs', items, bytes: 1, account } as BatchOf<'logs'> // the callers give log records
}

async function redacted(batch: Batch, settings: object = {}): Promise<Batch> {
  let output: Batch | undefined
  const next = async (batch: Batch) => {
    output = batch
  }
  const component = redact.create(redact.config.parse(settings), next, testContext('redact'))
  await component.consume!(batch, AbortSignal.timeout(1e6))
  return output!
}

async function valueAfter(
  key: string,
  value: AttributeValue,
  settings: object = {},
): Promise<AttributeValue | undefined> {
  const record = { ...readRecord('logs', {}), attributes: new Map([[key, value]]) }
  return (await redacted(logBatch([record]), settings)).items[0]!.attributes.get(key)
}

const VALUES: readonly (readonly [key: string, before: AttributeValue, after: AttributeValue])[] = [
  ['password', 'hunter2', '[REDACTED:password]'],
  ['password', 1234n, '[REDACTED:password]'],
  ['otp', 123456.5, '[REDACTED:one_time_code]'],
  ['password', true, true],
  ['password', null, null],
  ['password', '', ''],
  ['password', '***', '***'],
  ['password', new Uint8Array([1, 2]), '[REDACTED:password]'],
  ['password', new Uint8Array(), new Uint8Array()],
  ['token', 5n, 5n],
  ['env.PWD', '/home/app', '/home/app'],
  ['cookies', ['a=b', 'c=d'], ['[REDACTED:cookie]', '[REDACTED:cookie]']],
  [
    'credentials',
    new Map<string, AttributeValue>([
      ['user', 'bob'],
      ['on', true],
    ]),
    new Map<string, AttributeValue>([
      ['user', '[REDACTED:secret]'],
      ['on', true],
    ]),
  ],
  ['data', new Map([['password', 'x']]), new Map([['password', '[REDACTED:password]']])],
  ['data', [['password=x'], 1n], [['password=[REDACTED:password]'], 1n]],
  ['args', ['--token', 'abc', '-v', 'x'], ['--token', '[REDACTED:token]', '-v', 'x']],
  ['args', ['--token', '--verbose', 'token', 'x'], ['--token', '--verbose', 'token', 'x']],
  [
    'raw',
    Buffer.from('\xff password=x \xfe', 'latin1'),
    new Uint8Array(Buffer.from('\xff password=[REDACTED:password] \xfe', 'latin1')),
  ],
  ['pan', 4111111111111111n, 4111111111111111n],
  ['raw_headers', ['Host', 'x', 'Cookie', 'sid=abc'], ['Host', 'x', 'Cookie', '[REDACTED:cookie]']],
  ['fields', ['password', 'username', 'cookie', 'token'], ['password', 'username', 'cookie', 'token']],
  ['args', ['mysql', '-pTr0ub4dor', 'shop'], ['mysql', '-p[REDACTED:password]', 'shop']],
]

test('a value under a secret key is replaced whole, whatever its type, unless it cannot be one', async () => {
  for (const [key, before, after] of VALUES) assert.deepEqual(await valueAfter(key, before), after, key)
})

test('keys can be declared secret or safe, whatever their case', async () => {
  const settings = { secret_keys: ['Patient'], safe_keys: ['SESSION.token'] }
  assert.equal(await valueAfter('patient', 'Ann', settings), '[REDACTED:secret]')
  assert.equal(await valueAfter('session.Token', 'abc', settings), 'abc')
  assert.equal(await valueAfter('session.Token', 'password=x', settings), 'password=x')
  assert.deepEqual(
    await valueAfter('Session.Token', new Map([['password', 'x']]), settings),
    new Map([['password', 'x']]),
  )
})

test('with credentials off only what was asked for is replaced', async () => {
  const settings = { credentials: false, email_addresses: true, secret_keys: ['patient'] }
  assert.equal(await valueAfter('password', 'x', settings), 'x')
  assert.equal(await valueAfter('note', 'password=x of bob@example.com', settings), 'password=x of [REDACTED:email]')
  assert.equal(await valueAfter('patient', 'Ann', settings), '[REDACTED:secret]')
})

test('an integer is taken for a card number only on demand', async () => {
  assert.equal(await valueAfter('n', 4111111111111111n, { card_numbers: true }), '[REDACTED:card_number]')
  assert.equal(await valueAfter('n', 4111111111111112n, { card_numbers: true }), 4111111111111112n)
})

test('a key that holds a secret is replaced, and two that are equal then are both kept', async () => {
  const before = new Map([
    ['https://u:first@h/', 'a'],
    ['https://u:second@h/', 'b'],
    ['plain', 'c'],
  ])
  const record = { ...readRecord('logs', {}), attributes: before }
  assert.deepEqual(
    [...(await redacted(logBatch([record]))).items[0]!.attributes],
    [
      ['https://u:[REDACTED:password]@h/', 'a'],
      ['https://u:[REDACTED:password]@h/ 2', 'b'],
      ['plain', 'c'],
    ],
  )
})

const SECRET = { attributes: { password: 'hunter2' } }
const PLACES: readonly (readonly [signal: Signal, record: object])[] = [
  ['traces', { name: 'login password=hunter2' }],
  ['traces', { statusMessage: 'password=hunter2' }],
  ['traces', { traceState: 'v=password=hunter2' }],
  ['traces', { links: [{ traceState: 'v=password=hunter2' }] }],
  ['traces', { scope: { name: 'password=hunter2' } }],
  ['traces', SECRET],
  ['traces', { resource: SECRET }],
  ['traces', { scope: SECRET }],
  ['traces', { events: [{}, { name: 'password=hunter2' }] }],
  ['traces', { events: [SECRET, {}] }],
  ['traces', { links: [SECRET] }],
  ['logs', { body: 'password=hunter2' }],
  ['logs', { body: [{ a: [{ password: 'hunter2' }] }] }],
  ['logs', { eventName: 'password=hunter2' }],
  ['logs', { severityText: 'password=hunter2' }],
  ['logs', { scope: { version: 'password=hunter2' } }],
  ['logs', SECRET],
  ['logs', { resource: SECRET }],
  ['logs', { scope: SECRET }],
  ['metrics', { metric: { name: 'password=hunter2' } }],
  ['metrics', { metric: { unit: 'password=hunter2' } }],
  ['metrics', { metric: { description: 'password=hunter2' } }],
  ['metrics', SECRET],
  ['metrics', { resource: SECRET }],
  ['metrics', { scope: SECRET }],
  ['metrics', { metric: { metadata: { password: 'hunter2' } } }],
  ['metrics', { exemplars: [{ filteredAttributes: { password: 'hunter2' } }] }],
]

test('a secret that stands alone in a record is replaced wherever it stands', async () => {
  for (const [signal, record] of PLACES) {
    const expected = JSON.stringify(record).replace('hunter2', '[REDACTED:password]')
    const batch = { ...logBatch([readRecord(signal, record)]), signal } as Batch // the record is of the signal
    const { items } = await redacted(batch)
    assert.deepEqual(items, [readRecord(signal, JSON.parse(expected))])
  }
})

test('what holds nothing sensitive stays the same object: the batch, or the records beside a redacted one', async () => {
  const clean = readRecord('logs', { body: { a: ['b'] }, attributes: { x: 'y' } })
  const dirty = readRecord('logs', { body: 'password=x' })
  const batch = logBatch([clean, clean])
  assert.equal(await redacted(batch), batch)
  const mixed = await redacted(logBatch([clean, dirty]))
  assert.equal(mixed.items[0], clean)
  assert.equal((mixed.items[1] as LogRecord).body, 'password=[REDACTED:password]')
})

test('equal values have equal hashes, different values different ones, and other secrets other hashes', async () => {
  const hashed = (value: string, secret: string) => valueAfter('password', value, { hash_secret: secret })
  const [a, b] = ['first secret of 16', 'other secret of 16']
  assert.match(String(await hashed('x', a)), /^\[REDACTED:password#[0-9a-f]{12}\]$/)
  assert.equal(await hashed('x', a), await hashed('x', a))
  assert.notEqual(await hashed('x', a), await hashed('y', a))
  assert.notEqual(await hashed('x', a), await hashed('x', b))
})

test('replaced values are counted by kind for each batch, those of a shared resource once', async t => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  t.after(() => provider.shutdown())
  const { resource: shared } = readRecord('logs', { resource: { attributes: { token: 'abcdef' } } })
  const { resource: other } = readRecord('logs', {})
  const first = { ...readRecord('logs', { body: 'password=a password=b' }), resource: shared }
  const items = [first, { ...first, body: '', resource: other }, { ...first, body: '' }]
  const next = async (batch: Batch) => assert.equal(batch.items[0]!.resource, batch.items[2]!.resource)
  const component = redact.create(
    redact.config.parse({}),
    next,
    testContext('redact', { meter: provider.getMeter('test') }),
  )
  for (let i = 0; i < 2; i++) await component.consume!(logBatch(items), AbortSignal.timeout(1e6))
  await reader.forceFlush()
  const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
  assert.deepEqual(
    metrics.map(({ descriptor }) => descriptor.name),
    ['sensorium_processor_redacted_values'],
  )
  assert.deepEqual(
    metrics.flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => [attributes, value])),
    [
      [{ processor: 'redact', kind: 'token' }, 2],
      [{ processor: 'redact', kind: 'password' }, 4],
    ],
  )
})

const FAULTS: readonly (readonly [settings: object, message: RegExp])[] = [
  [{ patterns: [{ name: 'x', regex: '(' }] }, /Unterminated group/],
  [{ patterns: [{ name: 'x', regex: 'a*' }] }, /matches the empty text/],
  [{ patterns: [{ name: 'Not Snake', regex: 'a' }] }, /snake_case/],
  [{ hash_secret: 'short' }, /16 characters/],
  [{ secret_keys: [''] }, />=1 characters/],
]

test('a pattern or a secret that cannot do its work is a fault of the configuration', () => {
  for (const [settings, message] of FAULTS) {
    const result = redact.config.safeParse(settings)
    assert.match(JSON.stringify(result.error?.issues), message)
  }
})
