import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type pg from 'pg'
import { type DemoDatabase, demoDatabase } from './demo-data.ts'
import { type Chosen, expand, type View } from './expand.ts'
import { type Panel, readDashboards } from './read-dashboards.ts'
import { viewOf } from './view.ts'

const NO_PROPOSALS = 'nothing proposes yet'

/** Panels for which the demo has no rows, as `dashboard/panel`, and why. They have to answer without one, and without an error. */
const EMPTY: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['Proposals', 'Taken', 'Open', 'Failed validation', 'By pattern', 'Proposals by status', 'All proposals'].map(
      panel => [`Self-healing/${panel}`, NO_PROPOSALS],
    ),
  ),
}

const LINES = 'the newest lines or one trace, by an index, up to a limit'
const LAST = 'its query ends at the last 26 hours at most, and says so'
const CHANGES = 'changes are log records of a few shapes, found by the index of the shape'
/** Panels that read rows of telemetry or minutes of requests over a month, and why. All others read rollups. */
const RAW: Readonly<Record<string, string>> = {
  'Build and deploy events/Releases and changes': CHANGES,
  'Errors and log patterns/Failed requests': LAST,
  'Errors and log patterns/Newest error lines': LINES,
  'Node fleet/Memory': 'a series a node, by the index of the series',
  'Overview/Failing services': LAST,
  'Overview/Last change': CHANGES,
  'Overview/Releases and changes': CHANGES,
  'Sensorium itself/Minutes to merge': 'it counts what waits, whatever the range',
  'Service map/Calls': LAST,
  'Service map/Who calls whom': LAST,
  'Service/Calls to databases': LAST,
  'Service/Slow and failed requests': LAST,
  'Service/What the failed requests share': LAST,
  'Service/Whom it calls, who calls it': LAST,
  'Trace/Its log lines': LINES,
  'Trace/Trace': LINES,
  'Trace/Where the time went': LINES,
}
/** Raw rows, and the minutes of requests; partitions have the name of their table in front. */
const RAW_TABLES = /^(spans|logs|metric_points|red_minutes|red_partials)(_|$)/

const NUMBERS = new Set([20, 21, 23, 700, 701, 1700])
const TIMESTAMPS = new Set([1082, 1114, 1184])
const TEXTS = new Set([25, 1043])

const dashboards = readDashboards()

test('every panel, variable and annotation of every dashboard answers as the reader, with the rows that its kind needs', async t => {
  const demo = await demoDatabase(t)
  const { rows } = await demo.reader.query('SELECT rolsuper FROM pg_roles WHERE rolname = current_user')
  assert.deepEqual(rows, [{ rolsuper: false }])
  const trace = await demo.reader.query(
    `SELECT trace_id FROM application_logs WHERE trace_id IS NOT NULL AND level = 'error' LIMIT 1`,
  )
  const empty = new Set<string>()
  for (const dashboard of dashboards) {
    const view = viewOf(dashboard, demo, { trace: String(trace.rows[0].trace_id) })
    await t.test(dashboard.title, async t => {
      for (const panel of dashboard.panels.filter(({ type }) => type !== 'row')) {
        await t.test(panel.title, async t => {
          const name = `${dashboard.title}/${panel.title}`
          if (!(await hasRows(t, demo.reader, panel, view))) empty.add(name)
          if (!(name in EMPTY)) assert.ok(!empty.has(name), `${name} is empty with the demo's data`)
        })
      }
      for (const variable of dashboard.templating.list.filter(({ type }) => type === 'query')) {
        const { rows } = await ask(demo.reader, String(variable.query), view)
        assert.ok(rows.length > 0, `variable ${variable.name}`)
      }
      for (const { name, target } of dashboard.annotations?.list ?? []) {
        if (target?.rawSql === undefined) continue
        const { rows, fields } = await ask(demo.reader, target.rawSql, view)
        assert.deepEqual(
          fields.map(field => field.name),
          name === 'Unusual' ? ['time', 'timeend', 'text', 'tags'] : ['time', 'text', 'tags'],
        )
        assert.ok(rows.length > 0, `annotation ${name}`)
      }
    })
  }
  await t.test('one, several and all of a variable count what they name, and no more', () => severalAddUp(demo))
  await t.test('a month is read from rollups, by EXPLAIN', t => monthByRollups(t, demo))
  await t.test('other ranges, choices and footings answer without an error', t => others(t, demo))
  assert.deepEqual([...empty].sort(), Object.keys(EMPTY).sort(), 'the list of empty panels is what is empty')
})

async function monthByRollups(t: TestContext, demo: DemoDatabase): Promise<void> {
  const { rows } = await demo.reader.query(`SELECT FROM pg_extension WHERE extname = 'timescaledb'`)
  if (rows.length > 0) return t.skip('chunks do not have the names of their tables')
  const raw = new Set<string>()
  for (const dashboard of dashboards) {
    const view = { ...viewOf(dashboard, demo, {}), from: new Date(+demo.to - 30 * 86_400_000), intervalS: 3_600 }
    for (const panel of dashboard.panels) {
      for (const { rawSql } of panel.targets ?? []) {
        const text = `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${expand(rawSql, view)}`
        const { rows } = await demo.reader.query(text)
        const read = relationsRead(rows[0]['QUERY PLAN'][0].Plan).filter(name => RAW_TABLES.test(name))
        if (read.length > 0) raw.add(`${dashboard.title}/${panel.title}`)
      }
    }
  }
  // Postgres does not show what is inside a function that it cannot inline, so a panel of the list may look clean.
  assert.deepEqual(
    [...raw].filter(name => !(name in RAW)),
    [],
  )
  assert.ok(raw.size > 0, 'the plans are read at all')
}

/** Requests of two services are those of the one and those of the other; all are all, under whichever name. */
async function severalAddUp(demo: DemoDatabase): Promise<void> {
  const service = dashboards.find(({ title }) => title === 'Service')!
  const rawSql = service.panels.find(({ title }) => title === 'Operations')!.targets![0]!.rawSql
  const names = async (variables: Record<string, Chosen>) => {
    const { rows, fields } = await ask(demo.reader, rawSql, viewOf(service, demo, variables))
    const at = (name: string) => fields.findIndex(field => field.name === name)
    return rows.map(row => `${String(row[at('service')])} ${String(row[at('operation')])}`).sort()
  }
  const one = await names({ service: 'checkout' })
  const other = await names({ service: ['payment'] })
  const both = await names({ service: ['checkout', 'payment'] })
  const all = await names({ service: '$__all' })
  assert.ok(one.length > 0 && other.length > 0)
  assert.deepEqual(both, [...one, ...other].sort())
  assert.ok(all.length > both.length)
  assert.deepEqual(await names({ service: '$__all', environment: ['prod', 'nowhere'] }), all, 'prod is production')
  assert.deepEqual(await names({ environment: ['nowhere', 'elsewhere'] }), [])
  const [operation] = one
  assert.deepEqual(await names({ service: ['checkout'], operation: [operation!.slice('checkout '.length), 'none'] }), [
    operation,
  ])
}

interface Plan {
  readonly 'Relation Name'?: string
  readonly 'Actual Loops': number
  readonly Plans?: readonly Plan[]
}

/** Relations of which something was read: a branch under a condition that is false has no loops. */
function relationsRead(plan: Plan): string[] {
  const own = plan['Actual Loops'] > 0 && plan['Relation Name'] !== undefined ? [plan['Relation Name']] : []
  return [...own, ...(plan.Plans ?? []).flatMap(relationsRead)]
}

/** Ranges and choices in which rows may be missing, but never an answer. */
async function others(t: TestContext, demo: DemoDatabase): Promise<void> {
  const { rows } = await demo.reader.query(
    `SELECT count(*)::int AS there FROM pg_extension WHERE extname = 'timescaledb'`,
  )
  const month = new Date(+demo.to - 30 * 86_400_000)
  const past = { from: new Date('2001-01-01'), to: new Date('2001-01-02') }
  const views: Record<string, Partial<Omit<View, 'variables'>> & { variables?: Record<string, Chosen> }> = {
    'a month': { from: month, intervalS: 3_600 },
    'a time without anything': past,
    'a name with quotes': {
      variables: { service: `o'hara'; --`, environment: `\\'`, operation: `"'`, repository: `'`, trace: `'` },
    },
    'variables without a value': {
      variables: { service: '', environment: '', operation: '', repository: '', trace: '' },
    },
    'nothing chosen': { variables: { service: [], environment: [], operation: [], repository: [], trace: '' } },
    'several names with quotes': {
      variables: {
        service: [`o'hara'; --`, 'b'],
        environment: [`\\'`, `'`],
        operation: [`"'`, `,`],
        repository: [`'`, `]`],
        trace: `'`,
      },
    },
    ...(rows[0].there > 0 && { time_bucket: { timescaledb: true } }),
  }
  for (const [name, view] of Object.entries(views)) {
    for (const dashboard of dashboards) {
      await t.test(`${name}: ${dashboard.title}`, async () => {
        const { variables = {}, ...rest } = view
        const whole = { ...viewOf(dashboard, demo, variables), ...rest }
        for (const panel of dashboard.panels) {
          for (const { rawSql } of panel.targets ?? []) await ask(demo.reader, rawSql, whole)
        }
        for (const { type, query } of dashboard.templating.list)
          if (type === 'query') await ask(demo.reader, String(query), whole)
        for (const { target } of dashboard.annotations?.list ?? [])
          if (target?.rawSql) await ask(demo.reader, target.rawSql, whole)
      })
    }
  }
}

async function ask(client: pg.Client, sql: string, view: View): Promise<pg.QueryArrayResult<unknown[]>> {
  const text = expand(sql, view)
  try {
    return await client.query({ text, rowMode: 'array' })
  } catch (error) {
    throw new Error(`${String(error)}\n${text}`, { cause: error })
  }
}

/** Runs the panel's queries, checks what came by the panel's kind, and says whether anything came. */
async function hasRows(t: TestContext, client: pg.Client, panel: Panel, view: View): Promise<boolean> {
  let some = true
  for (const target of panel.targets ?? []) {
    const answer = await ask(client, target.rawSql, view)
    checkColumns(panel, target.refId, target.format, answer)
    const isFilled = answer.rows.some(row => row.some(value => value !== null))
    some &&= isFilled
    t.diagnostic(`${answer.rows.length} rows`)
  }
  assert.ok((panel.targets ?? []).length > 0)
  return some
}

function checkColumns(
  panel: Panel,
  refId: string,
  format: string,
  { fields, rows }: pg.QueryArrayResult<unknown[]>,
): void {
  const names = fields.map(({ name }) => name)
  const type = (name: string) => fields.find(field => field.name === name)?.dataTypeID ?? 0
  const column = (name: string) => rows.map(row => row[names.indexOf(name)])
  assert.equal(new Set(names).size, names.length, `two columns of one name: ${names.join(', ')}`)
  if (format === 'time_series') {
    assert.deepEqual(names, ['time', 'metric', 'value'])
    assert.ok(NUMBERS.has(type('time')) || TIMESTAMPS.has(type('time')), 'time is a time')
    assert.ok(TEXTS.has(type('metric')) && NUMBERS.has(type('value')), `${type('metric')} ${type('value')}`)
    const times = column('time').map(Number)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
      'in order of time',
    )
    const keys = rows.map(([time, metric]) => JSON.stringify([time, metric]))
    assert.equal(new Set(keys).size, keys.length, 'one value for each time and line')
  }
  const kinds: Record<string, () => void> = {
    stat: () => {
      assert.equal(names.length, 1)
      const isWords = (panel.options as { reduceOptions: { fields?: string } }).reduceOptions.fields === '/.*/'
      assert.ok((isWords ? TEXTS : NUMBERS).has(fields[0]!.dataTypeID))
      assert.ok(rows.length <= 1)
    },
    heatmap: () => assert.equal((panel.options as { calculate: boolean }).calculate, false),
    nodeGraph: () => {
      const needed = refId === 'edges' ? ['id', 'source', 'target'] : ['id', 'title']
      for (const name of needed) assert.ok(TEXTS.has(type(name)), name)
      for (const name of ['mainstat', 'secondarystat']) assert.ok(NUMBERS.has(type(name)), name)
      assert.deepEqual(
        names,
        names.map(name => name.toLowerCase()),
      )
      assert.equal(new Set(column('id')).size, rows.length, 'ids are unique')
      assert.ok(['nodes', 'edges'].includes(refId))
    },
    logs: () => {
      assert.ok(TIMESTAMPS.has(type('time')) && TEXTS.has(type('body')) && TEXTS.has(type('level')))
    },
    traces: () => {
      for (const name of ['traceID', 'spanID', 'parentSpanID', 'serviceName', 'operationName'])
        assert.ok(TEXTS.has(type(name)), name)
      for (const name of ['startTime', 'duration']) assert.ok(NUMBERS.has(type(name)), name)
      for (const name of ['tags', 'serviceTags', 'logs']) {
        for (const text of column(name)) assert.ok(Array.isArray(JSON.parse(String(text))), name)
      }
      for (const text of column('tags')) {
        for (const tag of JSON.parse(String(text)) as object[])
          assert.deepEqual(Object.keys(tag).sort(), ['key', 'value'])
      }
      const spans = new Set(column('spanID'))
      const parents = column('parentSpanID').filter(id => id !== null)
      assert.ok(rows.length === 0 || parents.some(id => spans.has(id)), 'spans have their parents')
    },
  }
  kinds[panel.type]?.()
}
