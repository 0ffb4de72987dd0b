import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceOfPeer } from './peer.ts'

const SERVICES = new Set(['payment', 'api', 'orders.v2'])

test('an address within the cluster is the service that it is named after', () => {
  for (const peer of ['payment', 'payment:9090', 'payment.shop.svc.cluster.local:9090', 'payment.internal']) {
    assert.equal(serviceOfPeer(peer, SERVICES), 'payment', peer)
  }
  assert.equal(serviceOfPeer('orders.v2:80', SERVICES), 'orders.v2')
})

test('a host outside, a database and a bare address are no service', () => {
  for (const peer of [
    'api.cardgate.example',
    'api.cardgate.example:443',
    'postgresql/payment',
    '10.0.0.1:80',
    'unknown',
  ]) {
    assert.equal(serviceOfPeer(peer, SERVICES), undefined, peer)
  }
})
