import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Frame } from './frame.ts'
import { normaliseFrame } from './normalise.ts'
import type { RawFrame, StackFormat } from './parsed.ts'

const WEIGHTS: readonly [weight: Frame['weight'], format: StackFormat, raw: Partial<RawFrame>][] = [
  ['telling', 'v8', { name: 'total', file: '/app/src/index.js' }],
  ['telling', 'v8', { name: 'handler', file: '/app/src/refunds.js' }],
  ['telling', 'java', { owner: 'com.acme.Cart', name: 'get' }],
  ['telling', 'go', { name: 'github.com/acme/shop/cart.Get', file: '/app/cart/get.go' }],
  ['placed', 'v8', { name: 'handler', file: '/var/task/refunds/index.js' }],
  ['placed', 'python', { name: 'get', file: '/app/orders/views.py' }],
  ['generic', 'v8', { name: 'handler', file: '/var/task/index.js' }],
  ['generic', 'v8', { name: 'request', file: '/app/src/lib/http-client.ts' }],
  ['generic', 'python', { name: 'main', file: '/app/import_orders.py' }],
  ['generic', 'java', { owner: 'com.acme.Preconditions', name: 'checkNotNull' }],
  ['generic', 'go', { name: 'main.main', file: '/app/main.go' }],
  ['generic', 'dotnet', { name: 'Acme.Program.Main' }],
  ['nameless', 'v8', { name: '', file: '/app/src/cart.js' }],
  ['nameless', 'python', { name: '<module>', file: '/app/cart.py' }],
]
test('a frame weighs by what its own words and place say', () => {
  for (const [weight, format, raw] of WEIGHTS) {
    const frame = normaliseFrame({ owner: '', name: '', file: '', line: 1, ...raw }, format)
    assert.equal(frame.weight, weight, `${raw.owner ?? ''} ${raw.name} ${raw.file ?? ''}`)
  }
})

test('lines never count, and frames of other formats are other frames', () => {
  const raw = { owner: '', name: 'total', file: '/app/lib/cart.rb', line: 1 }
  assert.deepEqual(normaliseFrame({ ...raw, line: 99 }, 'ruby'), normaliseFrame(raw, 'ruby'))
  assert.equal(normaliseFrame({ ...raw, name: 'block in total' }, 'ruby').identity, 'total@cart')
  assert.notEqual(normaliseFrame({ ...raw, name: 'block in total' }, 'python').identity, 'total@cart')
})

test('endless names and paths are cut where it does no harm', () => {
  const long = normaliseFrame(
    { owner: '', name: `cart${'x'.repeat(9000)}`, file: `${'/deep'.repeat(2000)}/cart.js`, line: 1 },
    'v8',
  )
  assert.ok(long.identity.length < 1000 && long.file.length < 1000)
  assert.ok(long.identity.endsWith('@cart'))
})
