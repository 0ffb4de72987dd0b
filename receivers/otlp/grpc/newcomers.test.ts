import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createNewcomers } from './newcomers.ts'

/** A server whose connections begin in turn; `began` holds the addresses of those that have. */
async function open(t: TestContext) {
  const newcomers = createNewcomers()
  const began: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    const { remoteAddress } = socket
    sockets.add(socket.on('error', () => {}))
    newcomers.admit(socket, () => began.push(remoteAddress!))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    newcomers.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  let turnedAway = 0
  return {
    newcomers,
    began,
    turnedAway: () => turnedAway,
    async come(localAddress: string): Promise<void> {
      const client = connect({ port, host: '127.0.0.1', localAddress })
      sockets.add(client.on('error', () => {}))
      client.once('close', () => {
        turnedAway += 1
      })
      client.resume()
      await once(client, 'connect')
    },
  }
}

const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 5))
}

test('an address that wastes its connections begins the next ones slowly; others, and one that wastes none, at once', async t => {
  const { newcomers, began, come } = await open(t)
  for (let i = 0; i < 50; i++) await come('127.0.0.1')
  await until(() => began.length === 50)
  // Fifty are left of the burst, and these take more than all of it.
  for (let i = 0; i < 20; i++) newcomers.wasted('127.0.0.1')
  const since = performance.now()
  for (let i = 0; i < 3; i++) await come('127.0.0.1')
  await come('127.0.0.2')
  await until(() => began.includes('127.0.0.2'))
  assert.equal(began.length, 51, 'the other one need not wait for the first')
  await until(() => began.length === 54)
  // Ten for the debt and one for each, at twenty a second.
  assert.ok(performance.now() - since > 400, `${performance.now() - since} ms`)
})

test('connections of one address beyond what may wait are turned away', async t => {
  const { newcomers, began, come, turnedAway } = await open(t)
  for (let i = 0; i < 20; i++) newcomers.wasted('127.0.0.1')
  for (let i = 0; i < 300; i++) await come('127.0.0.1')
  await until(() => turnedAway() > 0 && turnedAway() + began.length >= 300 - 256)
  assert.ok(began.length < 100, `${began.length} began at once`)
})
