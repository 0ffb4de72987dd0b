import type pg from 'pg'
import { parseMatcher } from '../../analysis/matchers.ts'
import { errorText, SensoriumError } from '../../pipeline/errors.ts'

export interface NewSilence {
  readonly kind: 'silence' | 'maintenance'
  readonly matchers: readonly string[]
  readonly startsAt: Date
  readonly endsAt: Date
  readonly createdBy: string
  readonly reason: string
}

/**
 * Returns its id.
 * @throws SensoriumError USAGE for a matcher that is none, or an end before the beginning
 */
export async function addSilence(client: pg.ClientBase, silence: NewSilence): Promise<number> {
  for (const text of silence.matchers) {
    try {
      parseMatcher(text)
    } catch (cause) {
      throw new SensoriumError('USAGE', errorText(cause), { cause })
    }
  }
  if (silence.matchers.length === 0)
    throw new SensoriumError('USAGE', 'say what is to be silent, such as service="shop"')
  if (silence.endsAt <= silence.startsAt) throw new SensoriumError('USAGE', 'it would end before it begins')
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO silences (kind, matchers, starts_at, ends_at, created_by, reason)
     VALUES ($1, $2, $3, $4, $5, $6) RETURNING silence_id AS id`,
    [silence.kind, silence.matchers, silence.startsAt, silence.endsAt, silence.createdBy, silence.reason],
  )
  return Number(rows[0]!.id)
}

/** @throws SensoriumError USAGE where there is none of this id that has not ended */
export async function endSilence(client: pg.ClientBase, id: number, endedBy: string): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE silences SET ends_at = greatest(now(), starts_at), ended_by = $2 WHERE silence_id = $1 AND ends_at > now()`,
    [id, endedBy],
  )
  if (rowCount === 0) {
    throw new SensoriumError('USAGE', `no silence ${id} holds or is to come; sensorium silences list shows them`)
  }
}

export interface SilenceSummary {
  readonly id: number
  readonly kind: NewSilence['kind']
  readonly state: 'active' | 'pending' | 'expired'
  readonly matchers: readonly string[]
  readonly starts_at: Date
  readonly ends_at: Date
  readonly created_by: string
  readonly reason: string
  readonly ended_by: string | null
}

/** Those that hold or are to come; with `all` also those that are over, the latest first. */
export async function listSilences(client: pg.ClientBase, all: boolean): Promise<SilenceSummary[]> {
  const { rows } = await client.query<SilenceSummary>(
    `SELECT silence_id::int AS id, kind, CASE WHEN ends_at <= now() THEN 'expired' WHEN starts_at > now() THEN 'pending'
       ELSE 'active' END AS state, matchers, starts_at, ends_at, created_by, reason, ended_by
     FROM silences WHERE $1 OR ends_at > now() ORDER BY ends_at DESC, silence_id DESC LIMIT 500`,
    [all],
  )
  return rows
}
