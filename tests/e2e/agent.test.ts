import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { runDemo } from '../../demo/index.ts'
import { tokensOf } from '../../mcp/answer-text.ts'
import { call, connectClient } from '../../mcp/testing/connect.ts'
import { createDatabase } from '../postgres.ts'
import { freePorts, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const MAX_CALLS = 8
const MAX_TOKENS = 20_000
const SEEDS = [1, 2, 3]

type Row = Readonly<Record<string, unknown>>

/**
 * An agent without a model: it follows the loop and reads nothing but the answers. A release that is new, and a problem
 * of its service that was first seen in it, belong together.
 */
async function investigate(ask: (name: string, args: object) => Promise<Readonly<Record<string, readonly Row[]>>>) {
  const { clusters = [] } = await ask('error_fingerprint_summary', { minutes: 120, limit: 20, max_tokens: 5_000 })
  const { new_releases: releases = [], problems = [] } = await ask('what_changed', { minutes: 120, max_tokens: 5_000 })
  const suspects = problems
    .flatMap(problem =>
      releases
        .filter(
          release =>
            release.release === problem.first_release &&
            (problem.services as string[]).includes(String(release.service)) &&
            String(problem.first_seen) >= String(release.first_seen),
        )
        .map(() => problem),
    )
    .toSorted((a, b) => Number(b.records) - Number(a.records))
  for (const suspect of suspects.slice(0, 3)) {
    const cluster = clusters.find(one => one.fingerprint === suspect.fingerprint)
    const [requestId] = (cluster?.sample_request_ids ?? []) as string[]
    if (cluster === undefined || requestId === undefined) continue
    const { first_cause: [cause] = [] } = await ask('explain_failure', { request_id: requestId, minutes: 120 })
    if (cause === undefined || cause.fingerprint !== suspect.fingerprint) continue
    const { samples = [] } = await ask('get_fingerprint_samples', {
      fingerprint: String(suspect.fingerprint),
      minutes: 120,
      max_tokens: 6_000,
    })
    const requests = new Set(samples.flatMap(row => (row.request_id === undefined ? [] : [String(row.request_id)])))
    return { service: cause.service, release: cause.release, exception: cause.exception, requests }
  }
  return undefined
}

for (const seed of SEEDS) {
  test(`seed ${seed}: a scripted agent finds service, release and the affected, in ${MAX_CALLS} calls and ${MAX_TOKENS} tokens`, async t => {
    const { url } = await createDatabase()
    const ports = await freePorts()
    const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url } })
    t.after(() => sensorium.end('SIGTERM'))
    const { truth } = await runDemo({
      seed,
      minutes: 20,
      rate: 3,
      speed: 0,
      endpoint: `http://127.0.0.1:${ports.http}`,
      truthFile: `${temporaryFolder('agent')}/truth.json`,
    })
    const database = new pg.Client(url)
    await database.connect()
    t.after(() => database.end())
    for (;;) {
      const { rowCount } = await database.query('SELECT FROM fingerprint_sightings LIMIT 1')
      if (rowCount === 0) break
    }
    const client = await connectClient(t, `http://127.0.0.1:${ports.application}/mcp`)
    let calls = 0
    let tokens = 0
    const found = await investigate(async (name, args) => {
      const { text, answer, isError } = await call(client, name, args as Record<string, unknown>)
      assert.equal(isError, false, text)
      calls += 1
      tokens += tokensOf(text)
      return answer.data as Readonly<Record<string, readonly Row[]>>
    })
    t.diagnostic(`${calls} calls, ${tokens} tokens`)
    const { incident } = truth
    assert.deepEqual(
      [found?.service, found?.release, found?.exception],
      [incident.service, incident.deploy.version, incident.exception.type],
    )
    const affected = new Set(incident.affected.requests.ids)
    assert.ok(found!.requests.size > 0)
    for (const request of found!.requests) assert.ok(affected.has(request), `${request} was not affected`)
    assert.ok(calls <= MAX_CALLS && tokens <= MAX_TOKENS, `${calls} calls, ${tokens} tokens`)

    // Every call is in the audit log, which can be asked like anything else.
    for (;;) {
      const { rows } = await database.query('SELECT tool, outcome, principal FROM mcp_calls ORDER BY timestamp')
      if (rows.length < calls) continue
      assert.equal(rows.length, calls)
      assert.deepEqual(rows[0], { tool: 'error_fingerprint_summary', outcome: 'answered', principal: 'local' })
      break
    }
  })
}
