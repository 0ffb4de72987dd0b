import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import pg from 'pg'
import { timescale } from '../../exporters/timescale/index.ts'
import { log, resource } from '../../exporters/timescale/testing/records.ts'
import type { Context } from '../../pipeline/component.ts'
import type { Batch, LogRecord } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { createDatabase, type TestDatabase } from '../../tests/postgres.ts'
import { withReader } from '../../tests/with-reader.ts'
import { mcp } from '../index.ts'

const NEVER = new AbortController().signal

/** The server on a port of its own, with its audit log in hand. */
export async function open(
  t: TestContext,
  settings: object = {},
  lent: Partial<Context> = {},
  database?: TestDatabase,
) {
  const made = database ?? (await createDatabase())
  const lentDatabase = database?.database ?? (await withReader(made.url))
  const http = new Hono()
  const calls: LogRecord[] = []
  const context = testContext('mcp', { http, database: lentDatabase, ...lent })
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
  for (const one of batches) {
    // As if each record had come through the receiver that knows its sender.
    const trusted = { ...one, account: { ...one.account, vouchesFor: ['*'] } } as Batch // no item is touched
    await exporter.consume!(trusted, NEVER)
  }
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
