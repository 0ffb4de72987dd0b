import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import pg from 'pg'
import type { Context } from '../../pipeline/component.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { createDatabase, type TestDatabase } from '../../tests/postgres.ts'
import { withReader } from '../../tests/with-reader.ts'
import { webConsole } from '../index.ts'

const NEVER = new AbortController().signal

export interface Asked<T> {
  readonly status: number
  readonly data: T
  readonly sql: readonly string[]
  readonly error: string | undefined
}

/** The console on a port of its own over an embedded database; `store` of mcp/testing/server.ts puts records into it. */
export async function openConsole(
  t: TestContext,
  settings: object = {},
  lent: Partial<Context> = {},
  database?: TestDatabase,
  port = 0,
) {
  const made = database ?? (await createDatabase())
  const lentDatabase = database?.database ?? (await withReader(made.url))
  const http = new Hono()
  const context = testContext('console', { http, database: lentDatabase, ...lent })
  const component = webConsole.create(webConsole.config.parse(settings), async () => {}, context)
  await component.start?.(NEVER)
  const server = serve({ fetch: http.fetch, hostname: '127.0.0.1', port })
  await once(server, 'listening')
  const client = new pg.Client(made.url)
  await client.connect()
  t.after(async () => {
    await component.shutdown?.(AbortSignal.timeout(5_000))
    server.close()
    await client.end()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    client,
    database: made,
    /** Asks an endpoint, such as `home?range=1h`. */
    async get<T>(question: string, headers: Record<string, string> = {}): Promise<Asked<T>> {
      const response = await fetch(`${url}/console/api/${question}`, { headers })
      const body = (await response.json()) as Asked<T> // as the server writes it
      return { status: response.status, data: body.data, sql: body.sql, error: body.error }
    },
  }
}
