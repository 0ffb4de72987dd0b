import { parseArgs } from 'node:util'
import type pg from 'pg'
import { errorText } from '../../pipeline/errors.ts'
import { connect } from '../../store/connect.ts'
import { expand, type View } from '../../tests/grafana/expand.ts'
import { readDashboards } from '../../tests/grafana/read-dashboards.ts'
import { viewOf } from '../../tests/grafana/view.ts'
import { withReader } from '../../tests/with-reader.ts'
import { LARGE_TRACE_ID, operationName } from '../mcp/fill.ts'
import { openFilledStore, quantile, STORE_OPTIONS } from '../mcp/filled.ts'

/**
 * What people wait for who open a dashboard on a large store.
 *
 *   npm run bench:grafana -- [--spans 5000000] [--logs 5000000] [--hours 24] [--rounds 3] [--data DIR] [--json]
 *
 * Every query of every panel, variable and annotation, expanded as Grafana expands it, as the login that only reads: of
 * everything, and of one service and operation. A query's time is the median of its rounds; each view has a connection of
 * its own, as a pool of Grafana's has after its first question. Reference, in the same run: `SELECT 1`.
 */
const MAX_MS = 500

const { values } = parseArgs({
  options: {
    ...STORE_OPTIONS,
    hours: { type: 'string', default: '24' },
    rounds: { type: 'string', default: '3' },
    /** Only dashboards and panels with this in their name. */
    only: { type: 'string', default: '' },
  },
})
const rounds = Number(values.rounds)
const store = await openFilledStore(values)
const { until } = store
const range = { from: new Date(+until - Number(values.hours) * 3_600_000), to: until }
const reading = store.bench.serverPid === undefined ? await withReader(store.bench.url) : store.bench.store

const one = { environment: 'production', service: 'service-3', operation: operationName(3), trace: LARGE_TRACE_ID }
const VIEWS: Readonly<Record<string, Record<string, string>>> = { all: { trace: LARGE_TRACE_ID }, one }

const rows: { name: string; view: string; ms: number; first_ms: number; rows: number | string }[] = []
let referenceMs = 0
for (const [name, chosen] of Object.entries(VIEWS)) {
  let reader = await opened()
  referenceMs = (await timed(reader, 'SELECT 1')).ms
  for (const dashboard of readDashboards()) {
    const view: View = {
      ...viewOf(dashboard, range, chosen),
      ...range,
      intervalS: Number(values.hours) > 26 ? 3_600 : 60,
    }
    const panels = dashboard.panels.flatMap(({ title, targets }) =>
      (targets ?? []).map(({ refId, rawSql }) => ({ title: `${title}${refId === 'A' ? '' : ` ${refId}`}`, rawSql })),
    )
    const variables = dashboard.templating.list.flatMap(({ type, name, query }) =>
      type === 'query' ? [{ title: `variable ${name}`, rawSql: String(query) }] : [],
    )
    const annotations = (dashboard.annotations?.list ?? []).flatMap(({ name, target }) =>
      target?.rawSql === undefined ? [] : [{ title: `annotation ${name}`, rawSql: target.rawSql }],
    )
    for (const { title, rawSql } of [...panels, ...variables, ...annotations]) {
      const full = `${dashboard.title}/${title}`
      if (!full.includes(values.only)) continue
      const measured = await timed(reader, expand(rawSql, view))
      rows.push({ name: full, view: name, ...measured })
      // Past its deadline a reader's session is ended.
      if (typeof measured.rows === 'string') reader = await opened()
    }
  }
  await reader.end()
}
await store.close()

rows.sort((a, b) => b.ms - a.ms)
const slow = rows.filter(({ ms, rows: found }) => ms > MAX_MS || typeof found === 'string')
const summary = { ...store.sizes, hours: Number(values.hours), queries: rows.length, over_500_ms: slow.length }
if (values.json) console.log(JSON.stringify({ ...summary, reference_ms: referenceMs, rows }))
else {
  console.table(rows.slice(0, 40))
  console.log(
    `${rows.length} queries of ${values.hours} h on ${store.sizes.spans} spans: ${slow.length} over ${MAX_MS} ms; SELECT 1 takes ${referenceMs} ms`,
  )
}
if (slow.length > 0) process.exitCode = 1

async function opened(): Promise<pg.Client> {
  const client = await connect(reading.connection('reader'))
  client.on('error', () => {})
  return client
}

/** Where a query fails, `rows` says why, and what it took is of the time until then. */
async function timed(client: pg.Client, sql: string) {
  const times: number[] = []
  let found: number | string = 0
  for (let round = 0; round < rounds && typeof found === 'number'; round++) {
    const from = performance.now()
    found = await client.query({ text: sql, rowMode: 'array' }).then(
      answer => answer.rows.length,
      (error: unknown) => errorText(error),
    )
    times.push(performance.now() - from)
  }
  return { ms: quantile(times, 0.5), first_ms: Math.round(times[0]!), rows: found }
}
