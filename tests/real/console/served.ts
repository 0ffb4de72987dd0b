import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { CAUSE_ID, incident } from '../../../mcp/testing/incident.ts'
import { store } from '../../../mcp/testing/server.ts'
import type { Batch } from '../../../pipeline/model/index.ts'
import { withClient } from '../../../store/connect.ts'
import { foldSightings } from '../../../store/fingerprints/fold.ts'
import { putUser } from '../../../store/people/index.ts'
import { createDatabase, type TestDatabase } from '../../postgres.ts'
import { freePorts, ROOT, type SensoriumProcess, startSensorium } from '../../sensorium-process.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

export const PASSWORD = 'correct horse battery'
export const INCIDENT_ID = 'inc-7f3a'

export interface Served {
  readonly url: string
  readonly otlp: string
  readonly database: TestDatabase
  kill(): Promise<void>
  start(): Promise<void>
}

interface ServedOptions {
  readonly batches?: readonly Batch[]
  /** People who sign in; without any nobody does. */
  readonly people?: readonly { readonly name: string; readonly role: 'viewer' | 'responder' | 'admin' }[]
  /** Settings of the OpenID provider where people sign in, for a console at this address. */
  readonly oidc?: (url: string) => Promise<object>
  readonly environment?: Readonly<Record<string, string>>
}

/** A whole Sensorium in a process of its own, with an hour of two services in which a release fails, and an incident. */
export async function serve(
  t: TestContext,
  { batches, people = [], oidc, environment = {} }: ServedOptions = {},
): Promise<Served> {
  const database = await createDatabase()
  await store(database, ...(batches ?? incident(BigInt(Date.now()) * 1_000_000n).batches))
  await withClient(database.database, 'owner', async client => {
    while ((await foldSightings(client)).sightings > 0);
    if (batches === undefined) await client.query(INCIDENT, [INCIDENT_ID, CAUSE_ID])
    for (const { name, role } of people) await putUser(client, { name, role, services: undefined }, PASSWORD)
  })
  const config = path.join(temporaryFolder('console'), 'sensorium.yaml')
  const text = readFileSync(path.join(ROOT, 'config/sensorium.yaml'), 'utf8')
  const ports = await freePorts()
  const url = `http://127.0.0.1:${ports.application}`
  const elsewhere = oidc === undefined ? {} : { oidc: await oidc(url) }
  const auth = { require_on_loopback: true, ...elsewhere }
  const isAsked = people.length > 0 || oidc !== undefined
  writeFileSync(
    config,
    isAsked ? text.replace('  console:\n', `  console:\n    auth: ${JSON.stringify(auth)}\n`) : text,
  )
  const begin = () => startSensorium({ ports, config, environment: { ...environment, DATABASE_URL: database.url } })
  let sensorium: SensoriumProcess = await begin()
  t.after(() => sensorium.end('SIGTERM'))
  return {
    url,
    otlp: `http://127.0.0.1:${ports.http}`,
    database,
    kill: async () => void (await sensorium.end('SIGKILL')),
    start: async () => {
      sensorium = await begin()
    },
  }
}

const INCIDENT = `
  WITH opened AS (
    INSERT INTO incidents (id, environment, state, severity, title, service, operation, fingerprint, began_at, opened_at, active_at, shared,
      changed_before, entities_hit, owner, timeline, because, revision, updated_at)
    VALUES ($1, 'prod', 'open', 'high', 'pay fails at POST /charge: NoRateError, 36 of 720 requests', 'pay', 'POST /charge', $2,
      now() - interval '24 minutes', now() - interval '22 minutes', now() - interval '14 minutes',
      '{"words": "All 36 failing requests have shop.locale = sv-SE; none of the others have."}',
      '["pay 1.0 → 2.0, 6 minutes before it"]', 36, 'payments team',
      jsonb_build_array(
        jsonb_build_object('at', (extract(epoch FROM now() - interval '22 minutes') * 1000)::bigint, 'text', 'opened: pay fails'),
        jsonb_build_object('at', (extract(epoch FROM now() - interval '20 minutes') * 1000)::bigint, 'text', 'web joined: its calls to pay fail')),
      'problem/' || $2, 2, now()) RETURNING id)
  INSERT INTO incident_members (incident_id, finding_id, kind, role, service, severity, began_at, ended_at, description, finding)
  SELECT id, m.* FROM opened, (VALUES
    ('problem/' || $2, 'problem', 'origin', 'pay', 'error', now() - interval '24 minutes', NULL::timestamptz,
      'NoRateError: no rate for SEK, 36 failures since pay 2.0', jsonb_build_object('fingerprint', $2)),
    ('anomaly/1', 'anomaly', 'origin', 'pay', 'error', now() - interval '23 minutes', NULL, 'pay POST /charge: expected P95 12 ms, saw P95 441 ms', '{}'),
    ('anomaly/2', 'anomaly', 'explained', 'web', 'warning', now() - interval '20 minutes', NULL, 'web calling pay: expected 0 errors/min, saw 3 errors/min', '{}')) m`
