import assert from 'node:assert/strict'
import path from 'node:path'
import type { TestContext } from 'node:test'
import pg from 'pg'
import { connect } from '../../store/connect.ts'
import { eventually } from '../eventually.ts'
import { createDatabase } from '../postgres.ts'
import { freePorts, runCommand, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { withReader } from '../with-reader.ts'

export interface DemoDatabase {
  readonly owner: pg.Client
  /** The login that Grafana gets: it only reads. */
  readonly reader: pg.Client
  /** When it was done: the end of every range. */
  readonly to: Date
}

/**
 * What `npm start` and `npm run demo` leave in one database, with nothing configured: the jobs have done their work, the
 * reflexes have found the demo's incident, and it was told. Only the database is given, to have one for each footing.
 */
export async function demoDatabase(t: TestContext): Promise<DemoDatabase> {
  const { url } = await createDatabase()
  const store = await withReader(url)
  const folder = temporaryFolder('grafana')
  const environment = { DATABASE_URL: url, XDG_STATE_HOME: path.join(folder, 'state') }
  const sensorium = await startSensorium({ ports: await freePorts(), environment })
  t.after(() => sensorium.end('SIGTERM'))
  const owner = await connected(t, url)
  const demo = await runCommand(['demo', '--truth', path.join(folder, 'truth.json')], environment)
  assert.equal(demo.code, 0, demo.stderr)
  assert.equal(demo.stderr, '', 'nothing is left out')
  for (const [what, sql] of Object.entries(FINISHED)) {
    const ask = async () => ((await owner.query(`SELECT ${sql} AS is`)).rows[0].is === true ? true : undefined)
    await eventually(what, ask, PATIENCE_MS)
  }
  await sensorium.end('SIGTERM')
  const reader = await connect(store.connection('reader'))
  t.after(() => reader.end())
  return { owner, reader, to: new Date() }
}

/** So long a person waits. */
const PATIENCE_MS = 5 * 60_000
const FINISHED = {
  'problems are added up': 'NOT EXISTS (SELECT FROM fingerprint_sightings)',
  'the incident is found': `EXISTS (SELECT FROM incidents WHERE title NOT LIKE '%a node is lost%')`,
  'a budget is seen to burn': 'EXISTS (SELECT FROM slo_burns)',
  'it is told': `EXISTS (SELECT FROM notifications WHERE state = 'sent')`,
  'the hour at hand is added up': 'EXISTS (SELECT FROM kpi_days)',
  'it is known who calls whom': 'EXISTS (SELECT FROM call_targets)',
}

async function connected(t: TestContext, url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  return client
}
