import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { Attributes, Batch, BatchOf } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { testComponent } from '../../tests/contract/index.ts'
import { readRecord } from '../../tests/contract/read-records.ts'
import { attributes } from './index.ts'

testComponent(attributes)

async function changed(settings: object, records: readonly object[]): Promise<{ before: Batch; after: Batch }> {
  const resource = readRecord('logs', { resource: { attributes: { a: 1 } } }).resource
  const items = records.map(record => ({ ...readRecord('logs', record), resource }))
  const account = { receiver: 'otlp', received: items.length, dropped: new Map(), rejected: [] }
  const before = { id: '1', signal: 'logs', items, bytes: 1, account } as BatchOf<'logs'> // readRecord makes log records
  let after: Batch | undefined
  const next = async (batch: Batch) => {
    after = batch
  }
  const component = attributes.create(attributes.config.parse(settings), next, testContext('attributes'))
  await component.consume!(before, AbortSignal.timeout(1e6))
  return { before, after: after! }
}

async function attributesAfter(actions: readonly object[], record: object, more: object = {}): Promise<Attributes> {
  return (await changed({ actions, ...more }, [record])).after.items[0]!.attributes
}

test('values have the OTLP type that they are written as', async () => {
  const actions = [5, 5.5, 'x', true, ['a', 1, 0.5]].map((value, i) => ({ action: 'insert', key: `k${i}`, value }))
  const after = await attributesAfter(actions, {})
  assert.deepEqual([...after.values()], [5n, 5.5, 'x', true, ['a', 1n, 0.5]])
})

test('a record, and a batch of them, on which no action has an effect stay the same objects', async () => {
  const idle = [
    { action: 'update', key: 'absent', value: 1 },
    { action: 'insert', key: 'x', value: 2 },
    { action: 'upsert', key: 'x', value: 1 },
    { action: 'rename', key: 'y', from_attribute: 'absent' },
    { action: 'rename', key: 'x', from_attribute: 'x' },
    { action: 'delete', key: 'absent' },
    { action: 'delete', pattern: '^absent' },
    { action: 'hash', key: 'absent' },
  ]
  const { before, after } = await changed({ actions: idle }, [{ attributes: { x: 1 } }])
  assert.equal(after.items[0], before.items[0])
})

test('records that share a resource still share it when it was changed', async () => {
  const actions = [{ action: 'insert', key: 'b', value: 2 }]
  const { before, after } = await changed({ target: 'resource', actions }, [{}, {}])
  assert.deepEqual(
    after.items[0]!.resource.attributes,
    new Map([
      ['a', 1n],
      ['b', 2n],
    ]),
  )
  assert.equal(after.items[0]!.resource, after.items[1]!.resource)
  assert.equal(before.items[0]!.resource.attributes.has('b'), false)
})

test('records of other signals pass as they are', async () => {
  const { before, after } = await changed(
    { signals: ['traces'], actions: [{ action: 'insert', key: 'b', value: 2 }] },
    [{}],
  )
  assert.equal(after, before)
})

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex')

test('a hash depends on the value alone, whatever its type', async () => {
  const hash = async (value: unknown) =>
    (await attributesAfter([{ action: 'hash', key: 'v' }], { attributes: { v: value } })).get('v')
  assert.equal(await hash('bob'), sha256('bob'))
  assert.equal(await hash(12), sha256('12'))
  assert.equal(await hash(true), sha256('true'))
  assert.equal(await hash({ $bytes: 'aGk=' }), sha256('hi'))
  assert.equal(await hash(['a', 1]), sha256('["a","1"]'))
  assert.equal(await hash({ b: 1, a: { $bytes: 'aGk=' } }), await hash({ a: { $bytes: 'aGk=' }, b: 1 }))
  assert.notEqual(await hash({ a: 1 }), await hash({ a: 2 }))
  assert.equal(await hash(null), null)
})

test('with a secret a hash is an HMAC', async () => {
  const secret = '0123456789abcdef'
  const after = await attributesAfter(
    [{ action: 'hash', key: 'v' }],
    { attributes: { v: 'bob' } },
    { hash_secret: secret },
  )
  assert.equal(after.get('v'), createHmac('sha256', secret).update('bob').digest('hex'))
})

const FAULTS: readonly (readonly [settings: object, message: RegExp])[] = [
  [{ actions: [] }, />=1 items/],
  [{ actions: [{ action: 'insert', key: 'a' }] }, /either value or from_attribute/],
  [{ actions: [{ action: 'insert', key: 'a', value: 1, from_attribute: 'b' }] }, /either value or from_attribute/],
  [{ actions: [{ action: 'delete' }] }, /either key or pattern/],
  [{ actions: [{ action: 'delete', pattern: '[' }] }, /Unterminated character class/],
  [{ actions: [{ action: 'insert', key: 'a', value: 2 ** 60 }] }, /past 2\^53/],
  [{ actions: [{ action: 'extract', key: 'a' }] }, /discriminator/],
  [{ actions: [{ action: 'rename', key: 'a' }] }, /from_attribute/],
  [{ actions: [{ action: 'hash', key: 'a', value: 1 }] }, /Unrecognized key/],
  [{ actions: [{ action: 'hash', key: 'a' }], hash_secret: 'short' }, /16 characters/],
]

test('an action that cannot be meant is a fault of the configuration', () => {
  for (const [settings, message] of FAULTS) {
    const result = attributes.config.safeParse(settings)
    assert.match(JSON.stringify(result.error?.issues), message, JSON.stringify(settings))
  }
})
