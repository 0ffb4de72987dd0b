import assert from 'node:assert/strict'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { connect } from '../../store/connect.ts'
import { rollDue } from '../../store/kpis/job.ts'
import { foldAllRed } from '../../store/red/fold.ts'
import { learn } from '../../store/service-map/learn.ts'
import { createDatabase } from '../postgres.ts'
import { freePorts, runCommand, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { withReader } from '../with-reader.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const KPI_TABLES = ['kpi_rollups_hourly', 'kpi_operations_hourly', 'mv_kpis_daily']

export interface DemoDatabase {
  readonly owner: pg.Client
  /** The login that Grafana gets: it only reads. */
  readonly reader: pg.Client
  /** When it was done: the end of every range. */
  readonly to: Date
}

/** What `npm start` and `npm run demo` leave, once the reflexes have found the demo's incident, in one database. */
export async function demoDatabase(t: TestContext): Promise<DemoDatabase> {
  const { url } = await createDatabase()
  const store = await withReader(url)
  const folder = temporaryFolder('grafana')
  const environment = { DATABASE_URL: url, XDG_STATE_HOME: path.join(folder, 'state') }
  const sensorium = await startSensorium({ ports: await freePorts(), environment })
  t.after(() => sensorium.end('SIGTERM'))
  const owner = await connected(t, url)
  const demo = await runCommand(['demo', '--rate', '2', '--truth', path.join(folder, 'truth.json')], environment)
  assert.equal(demo.code, 0, demo.stderr)
  assert.equal(demo.stderr, '', 'nothing is left out')
  for (const is of FINISHED)
    while (!(await owner.query(`SELECT ${is} AS finished`)).rows[0].finished) await pause(POLL_MS)
  await sensorium.end('SIGTERM')
  // What folding left is merged here, and hours and days are made as if they were over.
  await foldAllRed(owner)
  await learn(owner, new Date(Date.now() - HOUR_MS), new Date())
  await rollDue(owner, { now: new Date(Date.now() + 2 * DAY_MS), apdexMs: 500, keptDays: 40 })
  for (const table of KPI_TABLES) assert.ok((await owner.query(`SELECT FROM ${table} LIMIT 1`)).rowCount, table)
  const reader = await connect(store.connection('reader'))
  t.after(() => reader.end())
  return { owner, reader, to: new Date() }
}

const POLL_MS = 500
const FINISHED = [
  'NOT EXISTS (SELECT FROM fingerprint_sightings)',
  `EXISTS (SELECT FROM incidents WHERE title NOT LIKE '%a node is lost%')`,
]

async function connected(t: TestContext, url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  return client
}
