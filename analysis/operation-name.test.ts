import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operationOf } from './operation-name.ts'

test('an operation is named by what all its calls have in common', () => {
  const cases: Record<string, string> = {
    'GET /users/123': 'GET /users/<num>',
    'GET /users/123?page=2&size=50': 'GET /users/<num>',
    'GET /users/{id}': 'GET /users/{id}',
    'GET /users/:id/orders': 'GET /users/:id/orders',
    'GET /api/v1/orders/5f2a9c1e-1111-4222-8333-444455556666/items': 'GET /api/v1/orders/<uuid>/items',
    'GET /users/bob@example.com': 'GET /users/<email>',
    'POST /v2/checkout': 'POST /v2/checkout',
    'shop.order-service.v1.OrderService/GetOrder': 'shop.order-service.v1.OrderService/GetOrder',
    'checkout.step2': 'checkout.step2',
    'oauth2.token': 'oauth2.token',
    's3.PutObject': 's3.PutObject',
    'orders process': 'orders process',
    'consume orders-17': 'consume orders-<num>',
    'SELECT * FROM t WHERE id = 5': 'SELECT * FROM t WHERE id = <num>',
    'SELECT shop.orders WHERE id = ?': 'SELECT shop.orders WHERE id = ?',
    'GET /carts/9f86d081884c7d659a2feaa0c55ad015': 'GET /carts/<hex>',
    '': '',
  }
  for (const [name, operation] of Object.entries(cases)) assert.equal(operationOf(name), operation)
})

test('ten thousand ids in a path are one operation', () => {
  const names = Array.from({ length: 10_000 }, (_, i) => operationOf(`GET /orders/${i}/items/${i * 7_919}`))
  assert.deepEqual([...new Set(names)], ['GET /orders/<num>/items/<num>'])
})

test('a name that says nothing of where it ends is cut', () => {
  assert.equal(operationOf('x'.repeat(5_000)).length, 200)
})
