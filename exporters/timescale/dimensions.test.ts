import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Resource, Scope } from '../../pipeline/model/index.ts'
import { canonicalJson, DimensionCache } from './dimensions.ts'
import { attributes, resource, scope } from './testing/records.ts'

function ids(of: Resource, within: Scope): [bigint, bigint] {
  const { resource, scope } = new DimensionCache().get(of, within)
  return [resource.id, scope.id]
}

test('ids are the same in every release: they are in the tables', () => {
  const of = resource({ 'service.name': 'checkout', 'process.pid': 7n }, { schemaUrl: 'u' })
  const within = scope({ name: 'http', version: '2' })
  // printf '%s' '["telemetry_resources",["{\"process.pid\":7,\"service.name\":\"checkout\"}",0,"u",null]]' | sha256sum
  // printf '%s' '["telemetry_scopes",["http","2","{}",0,""]]' | sha256sum
  assert.deepEqual(ids(of, within), [BigInt.asIntN(64, 0x68b1de62bddbc410n), BigInt.asIntN(64, 0x77c9558b4d039b06n)])
})

test('the order of the attributes means nothing', () => {
  assert.deepEqual(
    ids(resource({ a: 'x', b: attributes({ c: 1n, d: 2n }) }), scope()),
    ids(resource({ b: attributes({ d: 2n, c: 1n }), a: 'x' }), scope()),
  )
})

test('of keys that are the same once they are storable, the last that was sent stands', () => {
  const both = new Map([
    ['\0\udc00', 'first'],
    ['\0\0', 'last'],
  ])
  assert.equal(canonicalJson(both), '{"\ufffd\ufffd":"last"}')
})

const base = { a: 'x' }
const OTHERS: Record<string, Resource> = {
  value: resource({ a: 'y' }),
  key: resource({ b: 'x' }),
  type: resource({ a: ['x'] }),
  number: resource({ a: 1n }),
  'number as text': resource({ a: '1' }),
  'nothing at all': resource(),
  'schema URL': resource(base, { schemaUrl: 'u' }),
  'dropped attributes': resource(base, { droppedAttributesCount: 1 }),
  entity: resource(base, { entityRefs: [{ schemaUrl: '', type: 'host', idKeys: ['a'], descriptionKeys: [] }] }),
}

test('resources that differ in anything have ids of their own', () => {
  const all = [resource(base), ...Object.values(OTHERS)].map(other => ids(other, scope())[0])
  assert.equal(new Set(all).size, all.length)
})

test('scopes that differ in anything have ids of their own', () => {
  const scopes = [
    scope(),
    scope({ name: 'n' }),
    scope({ version: 'n' }),
    scope({ schemaUrl: 'n' }),
    scope({ droppedAttributesCount: 1 }),
    scope({ attributes: attributes({ n: '' }) }),
  ]
  const all = scopes.map(other => ids(resource(), other)[1])
  assert.equal(new Set(all).size, all.length)
})

test('a scope object under another resource is not mistaken for the first one', () => {
  const cache = new DimensionCache()
  const shared = scope()
  const [one, two] = [resource({ 'service.name': 'one' }), resource({ 'service.name': 'two' })]
  assert.notEqual(cache.get(one, shared).resource.id, cache.get(two, shared).resource.id)
  assert.equal(cache.get(one, shared).origin.service, 'one')
})
