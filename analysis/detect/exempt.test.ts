import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isExempt } from './exempt.ts'

const series = (operation: string, service = 'orders', environment = 'prod') => ({ operation, service, environment })

test('health checks, probes and synthetic visitors are not watched, whatever they are called', () => {
  for (const operation of [
    'GET /healthz',
    'GET /health',
    '/health-check',
    'GET /ready',
    'GET /livez',
    '/ping',
    'grpc.health.v1.Health/Check',
    'HEAD /actuator/health',
  ]) {
    assert.ok(isExempt(series(operation)), operation)
  }
  assert.ok(isExempt(series('GET /', 'synthetic-checks')))
  assert.ok(isExempt(series('GET /', 'orders-canary')))
  assert.ok(isExempt(series('GET /', 'orders', 'canary')))
})

test('what only sounds like it is watched', () => {
  for (const operation of [
    'GET /healthcare/plans',
    'GET /shopping',
    'POST /orders',
    'GET /already',
    'GET /livestream',
  ]) {
    assert.ok(!isExempt(series(operation)), operation)
  }
})

test('the configuration names more', () => {
  assert.ok(isExempt(series('POST /batch/nightly'), { operations: [/^POST \/batch\//] }))
  assert.ok(isExempt(series('GET /', 'playground'), { services: [/^playground$/] }))
})
