import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { openModelServer, say } from '../../pipeline/agent/testing/model-server.ts'
import { eventually } from '../eventually.ts'
import { createDatabase } from '../postgres.ts'
import { freePorts, ROOT, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const WORDS = 'SessionManager reports a SESSION_DROP, as it was noticed [E1].'

test('what a model read and wrote is in metrics_samples, and counts for the next process, too', async t => {
  const model = await openModelServer(say(WORDS, { prompt_tokens: 700, completion_tokens: 60 }))
  t.after(model.close)
  const { url } = await createDatabase()
  const ports = await freePorts()
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())

  const begin = async (perHour: number) => {
    const config = path.join(temporaryFolder('agent'), 'sensorium.yaml')
    const text = readFileSync(path.join(ROOT, 'config/sensorium.yaml'), 'utf8')
    const more = `  telemetry: { otlp_endpoint: 'http://127.0.0.1:${ports.http}', otlp_interval_ms: 1000 }\n  agent:\n    tokens_per_hour: ${perHour}\n`
    writeFileSync(config, text.replace('  agent:\n', more))
    const environment = { DATABASE_URL: url, SENSORIUM_AGENT_URL: model.url, SENSORIUM_AGENT_MODEL: 'qwen' }
    const started = await startSensorium({ ports, environment, config })
    t.after(() => started.end('SIGTERM'))
    return started
  }
  const drop = async (eventType: string) => {
    const body = {
      eventType,
      correlationId: 'txn-1',
      details: { service: 'SessionManager', errorCode: 'TIMEOUT' },
      priority: 'high',
    }
    const response = await fetch(`http://127.0.0.1:${ports.application}/webhook/event`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    assert.equal(response.status, 202)
  }
  const until = <R>(sql: string, isThere: (row: R) => boolean): Promise<R> =>
    eventually(sql, async () => {
      const { rows } = await client.query(sql)
      return rows[0] !== undefined && isThere(rows[0]) ? rows[0] : undefined
    })

  const first = await begin(100_000)
  await drop('SESSION_DROP')
  const told = await until<{ prose: string; note: string }>('SELECT prose, note FROM report_prose', () => true)
  assert.deepEqual(told, { prose: WORDS, note: null })
  const spent = `SELECT coalesce(sum(last), 0)::int AS tokens FROM (SELECT max(value) AS last FROM metrics_samples
    WHERE metric_name = 'sensorium_agent_tokens' AND labels->>'purpose' = 'prose' GROUP BY labels->>'type') s`
  await until<{ tokens: number }>(spent, ({ tokens }) => tokens === 760)
  assert.deepEqual(await first.end('SIGTERM'), { code: 0, signal: null })

  await begin(1_000)
  await drop('PAYMENT_LOST')
  const { note } = await until<{ note: string }>(
    `SELECT note FROM report_prose JOIN reports ON id = report_id WHERE title LIKE '%PAYMENT_LOST%'`,
    () => true,
  )
  assert.match(note, /^qwen wrote nothing: the tokens of this hour are spent: 760 of 1000/)
  assert.equal(model.requests.length, 1)
})
