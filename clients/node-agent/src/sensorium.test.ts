import assert from 'node:assert/strict'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { createDatabase } from '../../../tests/postgres.ts'
import { freePorts, runCommand, startSensorium } from '../../../tests/sensorium-process.ts'
import { agentFolder, runNode, startHere } from './testing/node.ts'

const TIMING = { requestTimeoutMs: 10_000, retryMinMs: 50, retryMaxMs: 500 }

test('a running Sensorium has a node’s crash once however often it is sent, keeps what waited for it, and a revoked key loses nothing', {
  timeout: 120_000,
}, async t => {
  const { url: database } = await createDatabase()
  const ports = await freePorts()
  const url = `http://127.0.0.1:${ports.application}`
  const folder = agentFolder()
  await runNode({ script: `throw new TypeError('boom')`, folder }).ended
  const log = readFileSync(path.join(folder, 'crash.log'), 'utf8')

  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: database } })
  t.after(() => sensorium.end('SIGTERM'))
  const addNode = async () => {
    const { stdout, stderr } = await runCommand(['nodes', 'add', 'kitchen'], { DATABASE_URL: database })
    const key = /snk_\S+/.exec(stdout)?.[0]
    assert.ok(key, stdout + stderr)
    return key
  }
  const key = await addNode()
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  t.after(() => client.end())
  const telemetry = async (where: string) =>
    (await client.query(`SELECT * FROM node_telemetry WHERE ${where} ORDER BY created_at`)).rows

  // As if the process had died between the acknowledgement and the rotation: its files are as they were before.
  const copy = agentFolder()
  cpSync(folder, copy, { recursive: true })
  const start = (folder: string, options: object = {}) => startHere(t, url, folder, { key, ...options }, TIMING)
  for (const version of ['0.3.1', '0.3.1', '0.3.1']) {
    rmSync(folder, { recursive: true })
    cpSync(copy, folder, { recursive: true, preserveTimestamps: true })
    const agent = start(folder, { version })
    assert.equal(await agent.stop(20_000), true, String(agent.warnings))
  }
  const crashes = await telemetry(`type = 'crash_report'`)
  assert.equal(crashes.length, 1)
  assert.partialDeepStrictEqual(crashes[0], {
    node_id: 'kitchen',
    severity: 'critical',
    error_type: 'TypeError',
    error_message: 'boom',
    node_version: '0.3.1',
  })
  assert.deepEqual(crashes[0].payload.entries, log.trimEnd().split('\n'))

  const agent = start(folder, { failureThreshold: 2 })
  for (const message of ['same', 'same', 'NUL \0 and half a pair \ud800']) agent.reportError(new Error(message))
  agent.connectionFailed()
  agent.connectionFailed()
  agent.reportHealth({ disk: 'full' })
  assert.equal(await agent.stop(20_000), true, String(agent.warnings))
  assert.deepEqual((({ dropped, refused }) => ({ dropped, refused }))(await agent.status()), { dropped: 0, refused: 0 })
  const errors = await telemetry(`type = 'error'`)
  assert.deepEqual(errors.map(({ error_message }) => error_message).slice(0, 2), ['same', 'same'])
  assert.equal(errors.length, 3)
  const [degraded] = await telemetry(`type = 'connection_degraded'`)
  assert.equal(degraded.payload.failure_count, 2)
  assert.equal((await telemetry(`payload->>'disk' = 'full'`)).length, 1)
  assert.ok((await telemetry(`payload ? 'memory_mb'`)).length > 0, 'no heartbeat')

  assert.equal((await runCommand(['nodes', 'revoke', 'kitchen'], { DATABASE_URL: database })).code, 0)
  // A revoked key works until the registry is read again.
  for (let status = 0; status !== 401; await pause(100)) {
    const response = await fetch(`${url}/api/node/telemetry`, { headers: { 'x-node-key': key } })
    status = response.status
    await response.text()
  }
  const locked = start(folder)
  locked.reportError(new Error('while locked out'))
  assert.equal(await locked.stop(20_000), false)
  assert.match(String(locked.warnings), /401 .*revoked/)
  const back = start(folder, { key: await addNode() })
  assert.equal(await back.stop(20_000), true, String(back.warnings))
  assert.equal((await telemetry(`error_message = 'while locked out'`)).length, 1)
})
