import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'

const FLUSH_MS = 1_000

/** A process with two queues, whose requests are larger than what systems take in for a server that does not read. */
const PROGRAM = `
  import { postInBackground } from './background-post.ts'
  import { createDelivery } from './delivery.ts'
  import { flushBeforeExit } from './on-exit.ts'
  function open() {
    const delivery = createDelivery({
      send: (_items, signal) => postInBackground(process.env.URL, { headers: {}, body: 'x'.repeat(20_000_000) }, signal),
      sizeOf: () => 1, onWarning: () => {}, flushIntervalMs: 1, requestTimeoutMs: 30_000, backoffMinMs: 10,
      maxItems: 9, maxBytes: 9, maxBatchItems: 9, maxBatchBytes: 9,
    })
    flushBeforeExit(() => delivery.flush(${FLUSH_MS}), delivery)
    delivery.add(1)
    delivery.hurry()
  }
  open()
  setTimeout(open, 700)`

async function listen(t: TestContext, onConnection: (socket: Socket) => void): Promise<string> {
  const server: Server = createServer({ pauseOnConnect: true }, onConnection)
  const sockets: Socket[] = []
  server.on('connection', socket => sockets.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // of a server that listens on TCP
}

test('a server that takes nothing in holds a process up by the flush and the time to notice', async t => {
  const url = await listen(t, socket => socket.on('error', () => {}))
  const startMs = performance.now()
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: import.meta.dirname,
    env: { ...process.env, URL: url },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  await once(child, 'close')
  const tookMs = performance.now() - startMs
  assert.equal(child.exitCode, 0)
  assert.ok(tookMs > FLUSH_MS && tookMs < FLUSH_MS + 5_000, `${tookMs} ms`)
})
