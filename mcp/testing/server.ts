import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import pg from 'pg'
import { timescale } from '../../exporters/timescale/index.ts'
import { log, resource } from '../../exporters/timescale/testing/records.ts'
import type { Context } from '../../pipeline/component.ts'
import type { Batch, LogRecord } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { withClient } from '../../store/connect.ts'
import { type MigrationEvent, migrate } from '../../store/migrate.ts'
import { storeAt } from '../../store/open.ts'
import { createDatabase, type TestDatabase } from '../../tests/postgres.ts'
import { mcp } from '../index.ts'

const NEVER = new AbortController().signal

const HARDENING = path.join(import.meta.dirname, '../../sql/harden-reader.sql')

/** A database with a login that only reads, as docs/agents.md sets one up. */
async function createReadable(): Promise<TestDatabase> {
  const { url, name } = await createDatabase()
  const reader = new URL(url)
  reader.username = 'sensorium_test_agent'
  reader.password = 'reads only'
  const database = await storeAt(url, reader.href)
  const notes: MigrationEvent[] = []
  await migrate(database, { onEvent: event => notes.push(event) })
  if (notes.length > 0) throw new Error(JSON.stringify(notes))
  await withClient(database, 'owner', owner => owner.query(readFileSync(HARDENING, 'utf8')))
  return { url, name, database }
}

/** The server on a port of its own, with its audit log in hand. */
export async function open(
  t: TestContext,
  settings: object = {},
  lent: Partial<Context> = {},
  database?: TestDatabase,
) {
  const made = database ?? (await createReadable())
  const http = new Hono()
  const calls: LogRecord[] = []
  const context = testContext('mcp', { http, database: made.database, ...lent })
  const component = mcp.create(
    mcp.config.parse(settings),
    async (sent: Batch) => {
      calls.push(...(sent.items as LogRecord[])) // the audit log is log records
    },
    context,
  )
  await component.start!(NEVER)
  const server = serve({ fetch: http.fetch, hostname: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const client = new pg.Client(made.url)
  await client.connect()
  t.after(async () => {
    server.close()
    await component.shutdown!(AbortSignal.timeout(5_000))
    await client.end()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  return { url, calls, client, database: made }
}

/** Stores the records, as a pipeline would. */
export async function store(database: TestDatabase, ...batches: Batch[]): Promise<void> {
  const exporter = timescale.create(
    timescale.config.parse({}),
    () => Promise.reject(new Error('called next')),
    testContext('timescale', { database: database.database }),
  )
  await exporter.start!(NEVER)
  for (const one of batches) await exporter.consume!(one, NEVER)
  await exporter.shutdown!(AbortSignal.timeout(5_000))
}

export const now = () => BigInt(Date.now()) * 1_000_000n
export const of = (service: string) =>
  resource({ 'service.name': service, 'deployment.environment.name': 'prod', 'service.version': '1.0' })
export const failure = (service: string, message: string, fields: Partial<LogRecord> = {}) =>
  log({
    resource: of(service),
    timeUnixNano: now(),
    severityNumber: 17,
    body: message,
    fingerprint: { id: 7n, kind: 'error', version: 1, template: 'Error: broken' },
    ...fields,
  })
