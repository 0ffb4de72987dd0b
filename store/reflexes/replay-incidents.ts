import type pg from 'pg'
import { createCorrelator } from '../../analysis/incidents/correlate.ts'
import type { Found } from '../../analysis/incidents/found.ts'
import type { Incident } from '../../analysis/incidents/incident.ts'
import type { IncidentSettings } from '../../analysis/incidents/settings.ts'
import { readProblemsFound } from './found.ts'
import { incidentId } from './incidents.ts'
import { readServiceMap } from './service-map.ts'

/** A finding as it was known from a moment on: begun, grown or over. */
export interface KnownFrom {
  readonly at: number
  readonly found: Found
}

const MINUTE_MS = 60_000

/**
 * The incidents that findings would have become, with the problems that were new or came back in that time, minute by
 * minute on the service map of the end. Each as it was in the end.
 */
export async function replayIncidents(
  client: pg.ClientBase,
  settings: IncidentSettings,
  known: readonly KnownFrom[],
  from: number,
  until: number,
): Promise<readonly Incident[]> {
  const mapOf = await readServiceMap(client, until)
  const problems = (await readProblemsFound(client, from, until)).map(found => ({ at: found.since, found }))
  const byMinute = Map.groupBy([...known, ...problems], ({ at }) => Math.floor(at / MINUTE_MS) * MINUTE_MS)
  const correlator = createCorrelator(settings, incidentId)
  const incidents = new Map<string, Incident>()
  for (let minute = Math.floor(from / MINUTE_MS) * MINUTE_MS; minute < until; minute += MINUTE_MS) {
    const found = (byMinute.get(minute) ?? []).map(one => one.found).sort((a, b) => a.since - b.since)
    for (const { incident } of correlator.step(minute + MINUTE_MS, found, mapOf)) incidents.set(incident.id, incident)
  }
  return [...incidents.values()].sort((a, b) => a.since - b.since)
}
