import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributes, batch, log, resource, span } from '../exporters/timescale/testing/records.ts'
import type { LogRecord, Span } from '../pipeline/model/index.ts'
import { foldSightings } from '../store/fingerprints/fold.ts'
import type { Row } from './answer.ts'
import { tokensOf } from './answer-text.ts'
import { call, connectClient } from './testing/connect.ts'
import { now, open, store } from './testing/server.ts'

const SERVER = 2
const MS = 1_000_000n
const CALLS_MAX = 5
const MINUTES = 50
const SLOW_SINCE = 20

interface World {
  readonly name: string
  readonly isSlow: (isLate: boolean, tenant: string) => boolean
  /** The release of `pay` in the second part. */
  readonly release: string
}

const WORLDS: readonly World[] = [
  { name: 'a release that makes every request slow', isSlow: isLate => isLate, release: '2.0' },
  { name: 'one customer among many', isSlow: (isLate, tenant) => isLate && tenant === 'acme', release: '1.0' },
]

/** `web` asks `pay`, every three seconds; nothing fails but cards, which are refused all along. */
function records({ isSlow, release }: World): { spans: Span[]; logs: LogRecord[] } {
  const spans: Span[] = []
  const logs: LogRecord[] = []
  const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0')
  const of = (service: string, version: string) =>
    resource({ 'service.name': service, 'service.version': version, 'deployment.environment.name': 'prod' })
  const end = now()
  const count = MINUTES * 20
  for (let i = 0; i < count; i++) {
    const minutesAgo = MINUTES - i / 20
    const isLate = minutesAgo <= SLOW_SINCE
    const start = end - BigInt(Math.round(minutesAgo * 60_000)) * MS
    const tenant = i % 7 < 2 ? 'acme' : `tenant-${i % 11}`
    const ms = BigInt((isSlow(isLate, tenant) ? 900 : 20) + ((i * 7) % 9))
    const pay = of('pay', isLate ? release : '1.0')
    const [traceId, root, charge] = [hex(i + 1, 32), hex(2 * i + 1, 16), hex(2 * i + 2, 16)]
    spans.push(
      span({
        resource: of('web', '5.0'),
        traceId,
        spanId: root,
        name: 'POST /buy',
        kind: SERVER,
        startTimeUnixNano: start,
        endTimeUnixNano: start + (ms + 40n) * MS,
        attributes: attributes({ 'order.id': `ord-${i}`, tenant }),
      }),
      span({
        resource: pay,
        traceId,
        spanId: charge,
        parentSpanId: root,
        name: 'POST /charge',
        kind: SERVER,
        startTimeUnixNano: start,
        endTimeUnixNano: start + ms * MS,
      }),
    )
    const line = (severityNumber: number, body: string, id: bigint) =>
      log({
        resource: pay,
        timeUnixNano: start,
        traceId,
        spanId: charge,
        severityNumber,
        body,
        fingerprint: { id, kind: 'log', version: 1, template: body },
      })
    logs.push(line(9, 'charge asked for', 31n))
    if (i % 6 === 0) logs.push(line(17, 'card was refused', 32n))
  }
  return { spans, logs }
}

for (const world of WORLDS) {
  test(`who knows only that it is slow finds ${world.name} by the suggested calls alone`, async t => {
    const { url, client: owner, database } = await open(t)
    const { spans, logs } = records(world)
    for (let i = 0; i < spans.length; i += 100) await store(database, batch('traces', `t${i}`, spans.slice(i, i + 100)))
    for (let i = 0; i < logs.length; i += 60) await store(database, batch('logs', `l${i}`, logs.slice(i, i + 60)))
    while ((await foldSightings(owner)).sightings > 0);
    const client = await connectClient(t, url)
    const seen: Record<string, readonly Row[]> = {}
    const made: string[] = []
    let tokens = 0
    let next: string | undefined = 'error_fingerprint_summary {"minutes":60}'
    while (next !== undefined && made.length < CALLS_MAX && (seen.moments === undefined || seen.shared === undefined)) {
      const asked: string = next
      made.push(asked)
      const space = asked.indexOf(' ')
      const { text, answer, isError } = await call(client, asked.slice(0, space), JSON.parse(asked.slice(space + 1)))
      assert.equal(isError, false, text)
      tokens += tokensOf(text)
      for (const [name, rows] of Object.entries(answer.data)) if (rows.length > 0) seen[name] ??= rows
      next = answer.next.find(one => !made.includes(one))
    }
    t.diagnostic(`${made.length} calls, ${tokens} tokens`)
    const [slower] = seen.slower ?? []
    assert.deepEqual([slower?.service, slower?.operation], ['pay', 'POST /charge'], made.join('\n'))
    const since = Date.now() - SLOW_SINCE * 60_000
    for (const at of [slower?.since, seen.moments?.[0]?.at]) {
      assert.ok(
        Math.abs(Date.parse(String(at)) - since) < 60_000,
        `${String(at)}, not ${new Date(since).toISOString()}`,
      )
    }
    const names = seen.shared?.flatMap(row => [row.attribute, ...((row.same_as as string[] | undefined) ?? [])])
    const expected = world.release === '1.0' ? 'tenant=acme' : 'service.version=2.0'
    assert.ok(names?.includes(expected), `${made.join('\n')}\n${JSON.stringify(seen.shared)}`)
    assert.equal(seen.moments?.[0]?.with, world.release === '1.0' ? undefined : '2.0')
  })
}
