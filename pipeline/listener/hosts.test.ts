import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostFault } from './hosts.ts'

const LOCAL = { allowedHosts: [], allowedOrigins: [], isLocal: true }
const CASES: readonly (readonly [
  host: string | undefined,
  origin: string | undefined,
  rules: object,
  taken: boolean,
])[] = [
  ['127.0.0.1:4318', undefined, {}, true],
  ['[::1]:4318', undefined, {}, true],
  ['localhost', undefined, {}, true],
  ['sensorium:4318', undefined, {}, true],
  ['sensorium.monitoring.svc.cluster.local', undefined, {}, true],
  [undefined, undefined, {}, true],
  ['evil.example', undefined, {}, false],
  ['127.0.0.1.evil.example', undefined, {}, false],
  ['EVIL.EXAMPLE.:80', undefined, {}, false],
  ['otlp.shop.example', undefined, { allowedHosts: ['otlp.shop.example'] }, true],
  ['otlp.shop.example', undefined, { allowedHosts: ['*.shop.example'] }, true],
  ['otlp.evilshop.example', undefined, { allowedHosts: ['*.shop.example'] }, false],
  ['127.0.0.1', 'http://evil.example', {}, false],
  ['127.0.0.1', 'null', {}, false],
  ['127.0.0.1', 'http://localhost:5173', {}, true],
  ['127.0.0.1', 'http://localhost:5173', { isLocal: false }, false],
  ['10.0.0.1:4320', 'http://10.0.0.1:4320', { isLocal: false }, true],
  ['127.0.0.1', 'https://shop.example', { allowedOrigins: ['https://shop.example'] }, true],
  ['127.0.0.1', 'https://shop.example', { allowedOrigins: ['*'] }, true],
]
test('who asks for us by a name that a stranger can point here, or from a page that was not allowed, is told so', () => {
  for (const [host, origin, rules, taken] of CASES) {
    assert.equal(hostFault(host, origin, { ...LOCAL, ...rules }) === undefined, taken, `${host} ${origin}`)
  }
})
