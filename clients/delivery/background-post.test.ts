import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { postInBackground } from './background-post.ts'

async function listen(t: TestContext, takes: (socket: Socket, count: number) => boolean): Promise<string> {
  const counts = new Map<Socket, number>()
  const server = createServer((request, response) => {
    const count = (counts.get(request.socket) ?? 0) + 1
    counts.set(request.socket, count)
    if (takes(request.socket, count)) request.resume().on('end', () => response.writeHead(202).end('{}'))
    else request.socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // of a server that listens on TCP
}

const request = { headers: { 'content-type': 'text/plain' }, body: 'x' }

test('a connection that the server closes just as it is used again costs no try', async t => {
  const url = await listen(t, (_socket, count) => count === 1)
  for (let i = 0; i < 3; i++) assert.equal(await postInBackground(url, request, AbortSignal.timeout(5_000)), 'sent')
})

test('a new connection that the server closes is a failure', async t => {
  const url = await listen(t, () => false)
  await assert.rejects(postInBackground(url, request, AbortSignal.timeout(5_000)), { code: 'ECONNRESET' })
})

test('what is aborted, and what is no request, rejects', async t => {
  const url = await listen(t, () => true)
  await assert.rejects(postInBackground(url, request, AbortSignal.abort()), { name: 'AbortError' })
  await assert.rejects(postInBackground(url, { ...request, headers: { 'x-a': 'a\nb' } }, AbortSignal.timeout(5_000)))
})
