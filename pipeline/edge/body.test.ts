import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { z } from 'zod'
import { testContext } from '../testing/context.ts'
import { readEdgeJson, readEdgeObject } from './body.ts'
import { attributeOf, type Json } from './record.ts'
import { addEdgeRoute, type EdgeRoute } from './route.ts'

const LIMITS = { max_body_bytes: 1_048_576, requests_per_s: 500, burst_requests: 2_000 }

/** An edge endpoint that takes any object and makes attributes of it, as every receiver does. */
function openRoute(given: Partial<EdgeRoute> = {}): Hono {
  const http = new Hono()
  addEdgeRoute(testContext('edge', { http }), {
    path: '/in',
    limits: LIMITS,
    admit: () => ({}),
    take: async (c, body) => {
      attributeOf(readEdgeObject(z.looseObject({}), readEdgeJson(c, body)) as Json)
      return { accepted: 1 }
    },
    ...given,
  })
  return http
}

async function send(http: Hono, body: string | Buffer, headers: Record<string, string> = {}) {
  const response = await http.request('/in', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: new Uint8Array(Buffer.from(body)),
  })
  return { status: response.status, json: (await response.json()) as Record<string, unknown> } // ours
}

const nested = (depth: number, [open, close]: readonly [string, string]) =>
  `{"x":${open.repeat(depth)}1${close.repeat(depth)}}`
const BRACKETS = [
  ['[', ']'],
  ['{"a":', '}'],
] as const

test('JSON is taken as deep as a sender may nest it, and refused for good past that, however deep', async () => {
  const http = openRoute()
  for (const brackets of BRACKETS) {
    assert.equal((await send(http, nested(255, brackets))).status, 202)
    for (const depth of [256, 5_000, 20_000, 100_000]) {
      const { status, json } = await send(http, nested(depth, brackets))
      assert.equal(status, 400, `${depth} of ${brackets[0]}: ${JSON.stringify(json)}`)
      assert.match(String(json.error), /nested more than 256 levels deep; send flatter objects/)
    }
  }
})

test('a compressed body is refused by name, but for an endpoint that decompresses', async () => {
  const body = gzipSync('{"a":1}')
  for (const encoding of ['gzip', 'GZIP', 'br']) {
    const { status, json } = await send(openRoute(), body, { 'content-encoding': encoding })
    assert.deepEqual([status, json.error], [415, `content-encoding ${encoding} is not taken; send the body as it is`])
  }
  assert.equal((await send(openRoute(), '{}', { 'content-encoding': 'identity' })).status, 202)
  const lenient = openRoute({ decompresses: true, take: async () => ({ accepted: 1 }) })
  assert.equal((await send(lenient, body, { 'content-encoding': 'gzip' })).status, 202)
})

/** Writes all of it before it looks for an answer, as many HTTP clients do. */
async function writeThenRead(port: number, head: string, parts: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const write = promisify(socket.write.bind(socket) as (text: string, done: (error?: Error | null) => void) => boolean)
  await write(`POST /in HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n${head}\r\n\r\n`)
  for (const part of parts) await write(part)
  socket.end()
  return (await socket.setEncoding('utf8').toArray()).join('')
}

test('a sender that writes all of a body that is too large gets the answer, and not a broken connection', async t => {
  const listening = Promise.withResolvers<{ port: number }>()
  const server = serve({ fetch: openRoute().fetch, hostname: '127.0.0.1', port: 0 }, listening.resolve)
  t.after(() => server.close())
  const { port } = await listening.promise
  const parts = Array<string>(24).fill('x'.repeat(1_048_576))
  const chunked = [...parts.map(part => `100000\r\n${part}\r\n`), '0\r\n\r\n']
  for (const [head, sent] of [
    [`content-length: ${24 * 1_048_576}`, parts],
    ['transfer-encoding: chunked', chunked],
  ] as const) {
    const answer = await writeThenRead(port, head, sent)
    assert.match(answer, /^HTTP\/1\.1 413 [\s\S]*larger than 1048576 bytes/)
  }
})
