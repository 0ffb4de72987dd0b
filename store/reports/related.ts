import type pg from 'pg'
import { areRelated } from '../../analysis/incidents/found.ts'
import { readServiceMap } from '../reflexes/service-map.ts'
import type { Trigger } from './triggers.ts'

/**
 * Services with a report that was made since, and on which the service of an anomaly or of an incident rests, or which
 * rest on it: what began in the same minutes there is the same trouble, before an incident says so.
 */
export async function readRelated(
  client: pg.ClientBase,
  { kind, environment, service }: Trigger,
  since: Date,
  now: number,
): Promise<readonly string[]> {
  if (kind !== 'anomaly' && kind !== 'incident') return []
  const { rows } = await client.query<{ service: string }>(
    `SELECT DISTINCT service FROM reports WHERE created_at > $1 AND environment = $2 AND trigger_kind IN ('anomaly', 'incident')`,
    [since, environment],
  )
  if (rows.length === 0) return []
  const map = (await readServiceMap(client, now))(environment)
  return rows.map(row => row.service).filter(other => areRelated(service, other, map))
}
