import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { LEADER_LOCK } from '../../store/jobs/leadership.ts'
import { advance } from '../../store/jobs/state.ts'
import { storeMinutes } from '../../store/reflexes/testing/requests.ts'
import { createDatabase } from '../postgres.ts'
import { freePorts, startSensorium } from '../sensorium-process.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const NAMES = ['replica-a', 'replica-b'] as const

test('of two replicas on one database one leads, rolls up and tells; when it is killed the other goes on within 10 s, and nothing is twice', async t => {
  const { url } = await createDatabase()
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' })
  await client.connect()
  t.after(() => client.end())
  const ask = async <T extends pg.QueryResultRow>(sql: string, ...values: unknown[]): Promise<readonly T[]> =>
    (await client.query<T>(sql, values)).rows
  const until = async (what: string, sql: string, ...values: unknown[]): Promise<void> => {
    for (const end = Date.now() + 120_000; ; await delay(100)) {
      if ((await ask<{ yes: boolean }>(`SELECT (${sql}) AS yes`, ...values))[0]?.yes) return
      assert.ok(Date.now() < end, `waited in vain: ${what}`)
    }
  }

  // Two whole hours and what there is of this one; payment fails now, for as long as starting may take.
  const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
  const start = Math.floor(now / HOUR_MS) * HOUR_MS - 2 * HOUR_MS
  const minutes = (now - start) / MINUTE_MS
  const at = (minute: number) => ({ requests: 40, errors: minute >= minutes - 3 ? 30 : 0 })
  await storeMinutes(client, start, 0, minutes + 20, [{ service: 'payment', operation: 'charge', at }])

  // Somebody has judged the minutes until then, and is gone.
  await advance(client, 'anomalies', new Date(now - 10 * MINUTE_MS))

  const replicas = new Map(
    await Promise.all(
      NAMES.map(async name => {
        const replica = await startSensorium({
          ports: await freePorts(),
          environment: { DATABASE_URL: url, PGAPPNAME: name },
        })
        t.after(() => replica.end('SIGTERM'))
        return [name, replica] as const
      }),
    ),
  )
  const leaders = `SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.classid = ${LEADER_LOCK[0]} AND l.objid = ${LEADER_LOCK[1]}
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  const told = (event: string, service: string) =>
    `EXISTS (SELECT FROM application_logs WHERE event_name = '${event}' AND service = '${service}')`
  const rolled = `(SELECT sum(total_requests) FROM kpi_rollups_hourly WHERE service = 'payment' AND period_start < $1)`
  const raw = `(SELECT sum(requests) FROM request_minutes WHERE service = 'payment' AND minute < $1)`
  const thisHour = new Date(start + 2 * HOUR_MS)
  await until('the failing service is told of', told('anomaly.started', 'payment'))
  await until('the hours are rolled up', `${rolled} = ${raw}`, thisHour)
  const [leader, ...others] = (await ask<{ name: (typeof NAMES)[number] }>(leaders)).map(({ name }) => name)
  assert.deepEqual(others, [])
  const next = NAMES.find(name => name !== leader)!

  const killedAt = performance.now()
  await replicas.get(leader!)!.end('SIGKILL')
  await until('the other one leads', `EXISTS (SELECT FROM (${leaders}) l WHERE name = $1)`, next)
  const takeoverMs = performance.now() - killedAt
  t.diagnostic(`taken over after ${Math.round(takeoverMs)} ms`)
  assert.ok(takeoverMs < 10_000, `${takeoverMs} ms`)

  // What is new is told by the one that is left.
  const line = {
    resource: { attributes: [{ key: 'service.name', value: { stringValue: 'stock' } }] },
    scopeLogs: [
      {
        logRecords: [
          {
            timeUnixNano: String(Date.now() * 1e6),
            severityNumber: 17,
            body: { stringValue: 'the shelf is gone' },
          },
        ],
      },
    ],
  }
  const answer = await fetch(`http://127.0.0.1:${replicas.get(next)!.ports.http}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceLogs: [line] }),
  })
  assert.equal(answer.status, 200)
  await until('a new problem is told of', told('problem.new', 'stock'))
  assert.deepEqual(await ask(`SELECT ${rolled} = ${raw} AS equal`, thisHour), [{ equal: true }])
  assert.deepEqual(
    await ask(
      `SELECT context->>'finding.id' AS id, event_name, context->>'finding.revision' AS revision, count(*)::int AS n FROM application_logs
       WHERE event_name ~ '^(anomaly|problem|incident)\\.' GROUP BY 1, 2, 3 HAVING count(*) > 1`,
    ),
    [],
  )
})
