import type { TestContext } from 'node:test'
import { Hono } from 'hono'
import pg from 'pg'
import type { z } from 'zod'
import { timescale } from '../exporters/timescale/index.ts'
import type { Component, Consume, Context, Definition } from '../pipeline/component.ts'
import { testContext } from '../pipeline/testing/context.ts'
import { createDatabase, type TestDatabase } from './postgres.ts'

const NEVER = new AbortController().signal

export interface EdgeAnswer {
  readonly status: number
  readonly headers: Headers
  readonly json: Record<string, unknown>
}

export interface EdgeReceiver {
  readonly http: Hono
  readonly component: Component
  readonly context: Context & { readonly counts: ReturnType<typeof testContext>['counts'] }
  /** POST with `application/json` unless `headers` say otherwise; an empty header is left out. */
  post(path: string, body: string | Buffer, headers?: Record<string, string>): Promise<EdgeAnswer>
}

/** A receiver of the application's HTTP server, without a socket. `next` is what the pipeline would do. */
export function openEdgeReceiver<S extends z.ZodObject>(
  definition: Definition<S>,
  settings: z.input<S>,
  next: Consume,
  lent: Partial<Context> = {},
): EdgeReceiver {
  const http = new Hono()
  const context = testContext(definition.type, { http, signals: definition.signals, ...lent })
  const component = definition.create(definition.config.parse(settings), next, context)
  return {
    http,
    component,
    context,
    post: async (path, body, headers = {}) => {
      const present = Object.entries({ 'content-type': 'application/json', ...headers }).filter(([, value]) => value)
      const response = await http.request(path, {
        method: 'POST',
        headers: Object.fromEntries(present),
        body: new Uint8Array(Buffer.from(body)),
      })
      const answer = await response.text()
      return {
        status: response.status,
        headers: response.headers,
        json: (answer === '' ? {} : JSON.parse(answer)) as Record<string, unknown>, // every answer of ours is an object
      }
    },
  }
}

/** The same with a real database behind it. */
export async function openStoredEdge<S extends z.ZodObject>(
  t: TestContext,
  definition: Definition<S>,
  settings: z.input<S>,
  database?: TestDatabase,
) {
  const made = database ?? (await createDatabase())
  const client = new pg.Client(made.url)
  await client.connect()
  const exporter = timescale.create(
    timescale.config.parse({}),
    () => Promise.reject(new Error('called next')),
    testContext('timescale', { database: made.database }),
  )
  await exporter.start!(NEVER)
  const edge = openEdgeReceiver(definition, settings, exporter.consume!, { database: made.database })
  await edge.component.start?.(NEVER)
  t.after(async () => {
    await edge.component.shutdown?.(AbortSignal.timeout(5_000))
    await exporter.shutdown!(AbortSignal.timeout(5_000))
    await client.end()
  })
  const rows = async (sql: string): Promise<Record<string, unknown>[]> => (await client.query(sql)).rows
  return { ...edge, client, rows, database: made }
}
