import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openExporter } from '../../exporters/timescale/testing/exporter.ts'
import { batch, resource, span } from '../../exporters/timescale/testing/records.ts'
import { createDatabase } from '../../tests/postgres.ts'

const PROGRAM = path.resolve(import.meta.dirname, '../../bin/sensorium.mjs')
const MINUTE_MS = 60_000

async function sensorium(url: string, ...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...words], {
    env: { ...process.env, DATABASE_URL: url, NO_COLOR: '1' },
  })
  return stdout
}

test('requests that came in are in `sensorium kpi`, and after `sensorium rollup` in its bars', async t => {
  const database = await createDatabase()
  const { consume } = await openExporter(t, database)
  const of = resource({ 'service.name': 'shop', 'deployment.environment.name': 'production' })
  const spans = (atMs: number, count: number) =>
    Array.from({ length: count }, (_, i) => {
      const start = BigInt(atMs) * 1_000_000n
      const ms = i === 0 ? 3_000n : 20n
      const name = `GET /orders/${i}`
      return span({
        resource: of,
        name,
        kind: 2,
        startTimeUnixNano: start,
        endTimeUnixNano: start + ms * 1_000_000n,
        statusCode: i === 1 ? 2 : 0,
      })
    })
  const now = Date.now()
  await consume(batch('traces', 'now', spans(now - 5 * MINUTE_MS, 10)))
  await consume(batch('traces', 'before', spans(now - 150 * MINUTE_MS, 20)))

  assert.match(await sensorium(database.url, 'rollup', '--from', '6h'), /^rolled up \d+ hours and [12] days?\n$/)
  const table = await sensorium(database.url, 'kpi')
  assert.match(table, /service +env +requests +per min +errors % .* apdex/)
  assert.match(table, /shop +production +10 +0\.17 +10 .* 0\.8 .*[▁-█]/)
  const operations = await sensorium(database.url, 'kpi', 'shop', '--env', 'prod', '--minutes', '200')
  assert.match(operations, /GET \/orders\/<num> +production +30 /)
  const json = JSON.parse(await sensorium(database.url, 'kpi', '--json'))
  assert.equal(json.length, 1)
  assert.partialDeepStrictEqual(json[0], {
    service: 'shop',
    requests: 10,
    errors: 1,
    errorRate: 0.1,
    uptimePercent: 100,
  })
  const trend = json[0].trend as { requests: number }[]
  assert.equal(
    trend.reduce((sum, { requests }) => sum + requests, 0),
    30,
  )
  assert.match(
    await sensorium(database.url, 'kpi', 'nobody'),
    /^no requests of nobody in the last 60 minutes; there are some of shop\n$/,
  )
  await assert.rejects(sensorium(database.url, 'map', 'nobody'), /nobody is not on the map of that time: there are /)
  await assert.rejects(sensorium(database.url, 'map', '--until', '2h'), /--until is not after --since/)
})
