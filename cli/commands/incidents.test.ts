import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import pg from 'pg'
import { DETECT_DEFAULTS } from '../../analysis/detect/settings.ts'
import { INCIDENT_DEFAULTS } from '../../analysis/incidents/settings.ts'
import { createAnomalyReflex } from '../../store/reflexes/anomaly-round.ts'
import { incidentRound } from '../../store/reflexes/incident-round.ts'
import { storeMinutes } from '../../store/reflexes/testing/requests.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { runCommand } from '../../tests/sensorium-process.ts'
import { temporaryFolder } from '../../tests/temporary-folder.ts'

const MINUTE = 60_000

test('people list, take and resolve what was found, and try other settings on what is stored', async t => {
  const { url } = await createDatabase()
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' })
  await client.connect()
  t.after(() => client.end())
  const start = Math.floor(Date.now() / MINUTE) * MINUTE - 40 * MINUTE
  const reflex = createAnomalyReflex({
    settings: DETECT_DEFAULTS,
    exemptions: {},
    metrics: [],
    lateMs: 0,
    receiver: 'anomalies',
  })
  for (let minute = 0; minute < 25; minute++) {
    const at = () => ({ requests: 60, errors: minute >= 20 ? 20 : 0 })
    await storeMinutes(client, start, minute, minute + 1, [{ service: 'pay', operation: 'charge', at }])
    const now = start + (minute + 1) * MINUTE
    await reflex.round(client, now)
    await incidentRound(client, { settings: INCIDENT_DEFAULTS, receiver: 'incidents', ownerOf: () => undefined }, now)
  }
  const run = async (...args: string[]) => {
    const { stdout, stderr } = await runCommand(args, { DATABASE_URL: url })
    assert.notEqual(stdout, '', stderr)
    return stdout
  }
  const json = async (...args: string[]) => JSON.parse(await run(...args, '--json'))

  const found = await json('anomalies', 'list')
  assert.deepEqual([...new Set(found.map((one: { anomaly_type: string }) => one.anomaly_type))], ['sla_breach'])
  const acknowledged = await json(
    'anomalies',
    'ack',
    found[0].id.slice(0, 8),
    '--by',
    'nana',
    '--why',
    'known',
    '--true',
  )
  assert.deepEqual([acknowledged.acknowledged_by, acknowledged.is_true], ['nana', true])

  const [incident] = await json('incidents', 'list', '--open')
  assert.deepEqual([incident.state, incident.title], ['open', 'pay charge: requests fail'])
  await run('incidents', 'ack', incident.id, '--by', 'nana', '--why', 'rolling back')
  await run('incidents', 'resolve', incident.id.slice(0, 6), '--by', 'nana', '--true')
  const shown = await run('incidents', 'show', incident.id)
  for (const part of [
    /pay charge: requests fail/,
    /resolved/,
    /taken by nana: rolling back/,
    /origin +error +pay charge: expected/,
  ]) {
    assert.match(shown, part)
  }
  const again = await runCommand(['incidents', 'resolve', incident.id], { DATABASE_URL: url })
  assert.notEqual(again.code, 0)
  assert.match(again.stderr, /resolved already/)

  const file = `${temporaryFolder('alerts')}/alerts.yaml`
  writeFileSync(file, 'anomalies: { ignore: { services: [nobody] } }\n')
  const tried = await json('alerts', 'test', file, '--since', '1h')
  const errors = tried.verdicts.find((one: { what: string }) => one.what === 'pay charge error_rate')
  assert.deepEqual([errors.fired, errors.precision], [1, 1])
  writeFileSync(file, 'anomalies: { ignore: { services: [pay] } }\n')
  assert.deepEqual((await json('alerts', 'test', file, '--since', '1h')).verdicts, [])
  writeFileSync(file, 'anomalys: {}\n')
  const wrong = await runCommand(['alerts', 'test', file], { DATABASE_URL: url })
  assert.match(wrong.stderr, /alerts\.yaml:1:1 +anomalys: unknown key; did you mean anomalies\?/)
})
