import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isGeneric } from './generic-words.ts'

const GENERIC = [
  'query',
  'HttpClient.request',
  'fetchJSONBody2',
  'assert_not_null',
  'db',
  'x',
  '',
  'handleHTTPRequest',
  'XMLParser',
  '$fn',
]
const TELLING = [
  'cart',
  'queryOrders',
  'CartService',
  'fetchCartJSON',
  'order_total',
  'HTTPCart',
  'größe',
  'stripe-sync',
]

test('names of mechanisms are generic, names of subjects are telling, however their words are joined', () => {
  for (const name of GENERIC) assert.equal(isGeneric(name), true, name)
  for (const name of TELLING) assert.equal(isGeneric(name), false, name)
})
