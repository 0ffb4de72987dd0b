import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { call } from '../../mcp/testing/connect.ts'
import { environmentOf, freePorts, ROOT, runCommand, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

test('sensorium mcp serves a client over stdio, beside a running Sensorium, and its calls are in the audit log', async t => {
  const ports = await freePorts()
  const environment = { SENSORIUM_DATA_DIR: path.join(temporaryFolder('mcp-stdio'), 'postgres') }
  const sensorium = await startSensorium({ ports, environment })
  t.after(() => sensorium.end('SIGTERM'))
  const all = { ...environmentOf(ports), ...environment }
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [path.join(ROOT, 'bin/sensorium.mjs'), 'mcp'],
    env: { PATH: process.env.PATH ?? '', ...all },
    stderr: 'pipe',
  })
  const client = new Client({ name: 'test', version: '1' })
  t.after(() => client.close())
  await client.connect(transport)
  assert.equal((await client.listTools()).tools.length, 15)
  const { answer, isError } = await call(client, 'query_sql', { sql: 'SELECT 6 * 7 AS answer' })
  assert.deepEqual([isError, answer.data.rows], [false, [{ answer: 42 }]])
  await client.close()
  for (;;) {
    const { stdout } = await runCommand(
      ['sql', `SELECT tool, outcome FROM mcp_calls WHERE principal LIKE '%(stdio)'`, '--json'],
      all,
    )
    const calls = JSON.parse(stdout) as object[] // printed by --json
    if (calls.length === 0) continue
    assert.deepEqual(calls, [{ tool: 'query_sql', outcome: 'answered' }])
    break
  }
})
