import type { Access } from './access.ts'
import type { Row } from './answer.ts'
import type { Entity } from './entity.ts'

export interface Timeline {
  /** In order of time. */
  readonly events: readonly Row[]
  /** How many there are: more than `events` where not all were read. Troubles are read first, then the newest. */
  readonly total: number
}

const EVENTS_MAX = 1_000

/** All that happened to an entity, over every table, as the functions of the database tell it. */
export async function readTimeline(
  access: Access,
  entity: Entity,
  from: Date,
  to: Date,
  { troublesOnly = false } = {},
): Promise<Timeline> {
  const values = [entity.id, from, to, access.services ?? null, troublesOnly, EVENTS_MAX]
  const rows =
    entity.kind === 'entity'
      ? await access.shown('SELECT * FROM id_timeline($1, $2, $3, $4, $5, $6)', values)
      : await access.shown('SELECT * FROM entity_timeline($7, $1, $2, $3, $4, $5, $6)', [...values, entity.kind])
  return { events: rows.map(({ total: _, ...event }) => event), total: Number(rows[0]?.total ?? 0) }
}

const TROUBLES = ['warn', 'warning', 'error', 'fatal', 'critical']

export function isTrouble({ level }: Row): boolean {
  return TROUBLES.includes(String(level))
}

/** Ranks for a section of events: troubles, then what stands nearest to one; without any, the newest. */
export function ranksByTrouble(events: readonly Row[]): number[] {
  const ranks = events.map((event, i) => (isTrouble(event) ? 0 : events.length - i))
  if (!ranks.includes(0)) return ranks
  let distance = Number.POSITIVE_INFINITY
  const ahead = events.map(event => (distance = isTrouble(event) ? 0 : distance + 1))
  distance = Number.POSITIVE_INFINITY
  for (let i = events.length - 1; i >= 0; i--) {
    distance = isTrouble(events[i]!) ? 0 : distance + 1
    ranks[i] = Math.min(ahead[i]!, distance)
  }
  return ranks
}
