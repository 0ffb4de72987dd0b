import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { serve } from '@hono/node-server'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Hono } from 'hono'
import pg from 'pg'
import { tokensOf } from '../../mcp/answer-text.ts'
import { mcp } from '../../mcp/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { withReader } from '../../tests/with-reader.ts'
import { openBenchDatabase } from '../load/database.ts'
import { embedAll } from './embed.ts'
import { fill, LARGE_TRACE_ID } from './fill.ts'

/**
 * What agents wait for and pay for.
 *
 *   npm run bench:mcp -- [--spans 5000000] [--logs 5000000] [--fingerprints 50000] [--rounds 20] [--json]
 *
 * Every tool is called over HTTP by a real client, each round with other arguments. Reference, in the same run: the
 * same way for `SELECT 1`, which is what protocol, connection and transaction cost without a question. DATABASE_URL
 * measures on another server than the embedded one.
 */
const P95_MAX_MS = 300
const P95_MAX_LONG_MS = 1_000
const LONG = new Set(['explain_failure', 'trace_request', 'what_they_share'])
const SCHEMA_TOKENS_MAX = 4_000

const number = (byDefault: string) => ({ type: 'string', default: byDefault }) as const
const { values } = parseArgs({
  options: {
    spans: number('5000000'),
    logs: number('5000000'),
    fingerprints: number('50000'),
    rounds: number('20'),
    json: { type: 'boolean', default: false },
  },
})
const sizes = { spans: Number(values.spans), logs: Number(values.logs), fingerprints: Number(values.fingerprints) }
const bench = await openBenchDatabase()
const database = new pg.Client({ connectionString: bench.url })
await database.connect()
const filledFrom = performance.now()
await fill(database, sizes)
const fillSeconds = (performance.now() - filledFrom) / 1000

const http = new Hono()
const context = testContext('mcp', { http, database: await withReader(bench.url) })
const settings = mcp.config.parse({ requests_per_s: 100_000, burst_requests: 100_000 })
const embeddedFrom = performance.now()
await embedAll(database, settings.model)
const embedSeconds = (performance.now() - embeddedFrom) / 1000
const component = mcp.create(settings, async () => {}, context)
await component.start!(new AbortController().signal)
const server = serve({ fetch: http.fetch, hostname: '127.0.0.1', port: 0 })
await once(server, 'listening')
const client = new Client({ name: 'bench', version: '1' })
await client.connect(
  new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`)),
)

const hex = (n: number) => (1 + ((n * 7919) % sizes.fingerprints)).toString(16).padStart(16, '0')
const request = (n: number) => `req-${Math.floor(sizes.spans / 10) - 1 - n * 37}`
const service = (n: number) => `service-${n % 20}`
const CALLS: Readonly<Record<string, (n: number) => object>> = {
  reference: () => ({ sql: 'SELECT 1 AS one' }),
  error_fingerprint_summary: n => ({ minutes: 60 + n }),
  get_fingerprint_samples: n => ({ fingerprint: hex(n), minutes: 1_440 }),
  explain_failure: n =>
    n === 0
      ? { trace_id: LARGE_TRACE_ID }
      : [{ deal_id: `deal-${n * 91}` }, { request_id: request(n) }, { fingerprint: hex(n), minutes: 60 }][n % 3]!,
  what_they_share: n =>
    n % 2
      ? { fingerprint: hex(n), minutes: 1_440 }
      : { service: service(n), operation: `operation ${n % 50}`, minutes: 1_440 },
  what_changed: n => ({ minutes: 60 + n }),
  get_timeline: n => (n % 2 ? { request_id: request(n) } : { deal_id: `deal-${n * 91}` }),
  trace_request: n => (n < 5 ? { trace_id: LARGE_TRACE_ID } : { request_id: request(n) }),
  service_health: n => ({ service: service(n) }),
  search_errors: n => ({
    query: `${['parcel', 'invoice', 'stock', 'token'][n % 4]} timed out in the ${['broker', 'vault', 'ledger'][n % 3]}`,
  }),
  search_events: n => ({ query: `order worker ${n}` }),
  list_recent_errors: n => ({ service: service(n) }),
  compare_test_runs: n => ({ commit_sha: `c${(n * 13).toString(16).padStart(39, '0')}` }),
  node_status: () => ({}),
  query_sql: n => ({
    sql: `SELECT service, count(*) FROM trace_spans WHERE timestamp > now() - interval '${n + 1} minutes' GROUP BY 1`,
  }),
  describe_schema: () => ({ table: 'trace_spans' }),
}

const { tools } = await client.listTools()
const schemaTokens = tokensOf(JSON.stringify(tools))
const results = []
for (const [name, argsOf] of Object.entries(CALLS)) {
  const times: number[] = []
  const tokens: number[] = []
  let failures = 0
  for (let n = 0; n < Number(values.rounds); n++) {
    const startedAt = performance.now()
    const answer = await client.callTool({
      name: name === 'reference' ? 'query_sql' : name,
      arguments: { ...argsOf(n) },
    })
    times.push(performance.now() - startedAt)
    const [part] = answer.content as { text: string }[] // what our tools answer
    tokens.push(tokensOf(part?.text ?? ''))
    if (answer.isError) failures += 1
  }
  results.push({
    name,
    failures,
    p50_ms: quantile(times, 0.5),
    p95_ms: quantile(times, 0.95),
    tokens_p50: quantile(tokens, 0.5),
    tokens_p95: quantile(tokens, 0.95),
  })
}
await client.close()
server.close()
await component.shutdown!(AbortSignal.timeout(5_000))
await database.end()
await bench.close()

const reference = results[0]!
const rows = results.map(row => ({
  ...row,
  ratio: Math.round((row.p50_ms / reference.p50_ms) * 10) / 10,
  target_ms: LONG.has(row.name) ? P95_MAX_LONG_MS : P95_MAX_MS,
}))
const missed = rows.filter(row => row.p95_ms > row.target_ms || row.failures > 0)
if (values.json)
  console.log(
    JSON.stringify({
      ...sizes,
      fill_s: Math.round(fillSeconds),
      embed_s: Math.round(embedSeconds),
      schema_tokens: schemaTokens,
      rows,
    }),
  )
else {
  console.log(
    `${sizes.spans} spans, ${sizes.logs} logs, ${sizes.fingerprints} fingerprints, made in ${Math.round(fillSeconds)} s and embedded in ${Math.round(embedSeconds)} s`,
  )
  console.log(`schemas of ${tools.length} tools: ${schemaTokens} tokens (under ${SCHEMA_TOKENS_MAX})`)
  console.table(rows)
}
for (const row of missed)
  console.error(
    `${row.name}: p95 ${row.p95_ms} ms, ${row.failures} failures; ${row.target_ms} ms and none are the target`,
  )
if (missed.length > 0 || schemaTokens >= SCHEMA_TOKENS_MAX) process.exitCode = 1

function quantile(list: readonly number[], q: number): number {
  const sorted = list.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]! * 10) / 10
}
