import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributes, batch, log, resource } from '../exporters/timescale/testing/records.ts'
import type { LogRecord } from '../pipeline/model/index.ts'
import { foldSightings } from '../store/fingerprints/fold.ts'
import type { Row } from './answer.ts'
import { call, connectClient } from './testing/connect.ts'
import { now, open, store } from './testing/server.ts'

const REQUESTS = 240
const ASKED = ['what_they_share', 'explain_failure', 'get_fingerprint_samples']

/** A service that writes logs alone: two lines a request, and of each 6th a third one, an error. */
function lines(hasRequests: boolean): LogRecord[] {
  const end = now()
  return Array.from({ length: REQUESTS }, (_, i) => {
    const fails = i % 6 === 0
    const timeUnixNano = end - BigInt(REQUESTS - i) * 10_000_000_000n
    const from = resource({
      'service.name': 'orders',
      'deployment.environment.name': 'prod',
      'service.version': '1.0',
      'host.name': fails ? 'worker-2' : `worker-${i % 3}`,
    })
    const ids: Record<string, string> = hasRequests ? { 'request.id': `req-${i}` } : {}
    const line = (severityNumber: number, body: string, fields: Record<string, string>, id: bigint): LogRecord =>
      log({
        resource: from,
        timeUnixNano,
        severityNumber,
        body,
        attributes: attributes({ ...ids, ...fields }),
        fingerprint: { id, kind: 'log', version: 1, template: body },
      })
    const tenant = fails || i % 40 === 1 ? 'acme' : 'others'
    return [
      line(9, 'order came in', { 'order.id': `ord-${i}`, tenant }, 21n),
      line(9, 'order is looked at', { step: 'look' }, 22n),
      ...(fails ? [line(17, 'order is lost', { 'order.id': `ord-${i}`, tenant, 'lost.by': 'us' }, 23n)] : []),
    ]
  }).flat()
}

for (const hasRequests of [true, false]) {
  test(`failures that only logs tell of are compared with good ${hasRequests ? 'requests' : 'lines'}, and what they share is told`, async t => {
    const { url, client: owner, database } = await open(t)
    await store(database, batch('logs', 'one', lines(hasRequests)))
    await foldSightings(owner)
    const client = await connectClient(t, url)
    for (const tool of ASKED) {
      const { answer, text } = await call(client, tool, { fingerprint: '0000000000000017', minutes: 60 })
      const shared = answer.data.shared as readonly Row[] | undefined
      const names = shared?.map(row => String(row.attribute)) ?? []
      assert.ok(names.includes('tenant=acme'), `${tool}: ${text}`)
      assert.ok(!names.some(name => name.startsWith('lost.by')), 'what only failures say is no reason for them')
      assert.equal(shared![0]!.first, `${REQUESTS / 6} of ${REQUESTS / 6}`)
      if (tool === 'what_they_share') {
        assert.match(text, hasRequests ? /requests with this failure/ : /log lines with this failure/)
        assert.equal(answer.data.hit!.find(row => row.entity === 'order.id')?.distinct, REQUESTS / 6)
      }
    }
  })
}
