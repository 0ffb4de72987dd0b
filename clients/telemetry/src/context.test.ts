import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { createDatabase } from '../../../tests/postgres.ts'
import { openReceiver } from '../../delivery/testing/receiver.ts'
import { spansOf } from './testing/processes.ts'

const REGISTER = import.meta.resolve('./register.ts')
const OFFICE = path.join(import.meta.dirname, '../../delivery/testing/office.mjs')
const REQUESTS = 10
const PLACES = ['handler', 'data', 'end', 'query', 'timer', 'finish', 'close']

for (const [when, args] of [
  ['before the application', ['--import', REGISTER, OFFICE]],
  ['after all is loaded', [OFFICE, 'late']],
] as const) {
  test(`started ${when}: one trace holds in 'end', timers and 'finish', queries are in it, deliveries are in none`, async t => {
    const { url: database } = await createDatabase()
    const receiver = await openReceiver(t)
    const child = spawn(process.execPath, args, {
      env: {
        ...process.env,
        OTEL_SERVICE_NAME: 'office',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OFFICE_DATABASE: database,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(() => child.kill('SIGKILL'))
    const [address] = (await once(createInterface(child.stdout), 'line')) as [string]
    for (let n = 0; n < REQUESTS; n++) {
      await (await fetch(address, { method: 'POST', body: 'hello', keepalive: false })).text()
    }
    const closed = once(child, 'close')
    const seen = (await (await fetch(`${address}/end`)).json()) as [place: string, traceId: string][] // of office.mjs
    await closed

    const traces = new Map<string, string[]>()
    for (const [place, id] of seen) traces.set(id, [...(traces.get(id) ?? []), place])
    // The last answer may not be closed yet as the office is asked to end.
    assert.equal(traces.size, REQUESTS)
    for (const places of [...traces.values()].slice(0, -1)) assert.deepEqual(places, PLACES)

    const spans = spansOf(receiver.requests.filter(({ path }) => path === '/v1/traces'))
    const names = [...new Set(spans.map(({ name }) => name))].sort()
    assert.deepEqual(
      names.filter(name => !name.startsWith('pg')),
      ['GET', 'POST'],
    )
    const queries = spans.filter(({ name }) => name.startsWith('pg.query'))
    assert.equal(queries.length, REQUESTS)
    assert.deepEqual(new Set(queries.map(({ traceId }) => traceId)), new Set(traces.keys()))
    assert.equal(queries[0]!.attributes['db.query.text'], 'SELECT $1::int, ?')
    // For each request one span and its query, the pool's one connection, and /end: nothing of deliveries.
    const others = spans.filter(({ name }) => name === 'POST')
    assert.equal(others.length, REQUESTS)
    assert.ok(spans.length <= 3 * REQUESTS + 2, `${spans.length} spans`)
    assert.ok(
      spans.every(({ kind, name }) => kind !== 3 || name.startsWith('pg')),
      'no request out is traced',
    )
  })
}
