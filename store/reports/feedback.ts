import type pg from 'pg'
import { moved, type Points } from '../../analysis/causes/index.ts'
import { SensoriumError } from '../../pipeline/errors.ts'
import { inTransaction } from '../connect.ts'
import type { Read } from '../reading.ts'
import { wholeId } from '../reflexes/whole-id.ts'
import { readWeights } from './weights.ts'

export const VERDICTS = ['right', 'wrong', 'other'] as const
export type Verdict = (typeof VERDICTS)[number]

export interface Feedback {
  /** The report's id, or the beginning. */
  readonly report: string
  readonly by: string
  readonly verdict: Verdict
  /** Of the hypothesis that was right instead. */
  readonly place?: number | undefined
  /** In words, where none was. */
  readonly cause?: string | undefined
  /** When it was said, in seconds since 1970, where that is known: what is as old as the person's word, or older, is not taken. */
  readonly at?: number | undefined
}

export interface Kept {
  /** The whole id. */
  readonly report: string
  readonly weightsVersion: number
  /** False where the person has said this, or something later, already. */
  readonly isNews: boolean
}

/**
 * Keeps what somebody says of a report, and moves the weights of evidence by it, once for each person and report: who
 * changes their mind changes the word, not the weights again.
 *
 * What is `also` written is kept with the word, or not at all.
 *
 * @throws SensoriumError USAGE where there is no such report or hypothesis
 */
export async function giveFeedback(
  client: pg.ClientBase,
  { report, by, verdict, place, cause, at }: Feedback,
  also: () => Promise<void> = async () => {},
): Promise<Kept> {
  const whole = await wholeId(client, 'reports', report)
  return inTransaction(client, async () => {
    const { rows: hypotheses } = await client.query<{ place: number; points: Points }>(
      'SELECT place, points FROM hypotheses WHERE report_id = $1 ORDER BY place',
      [whole],
    )
    const right = hypotheses.find(one => one.place === (verdict === 'right' ? 1 : place))
    if (place !== undefined && right === undefined) {
      throw new SensoriumError('USAGE', `report ${whole} has ${hypotheses.length} hypotheses, no number ${place}`)
    }
    const { rows: said } = await client.query<{ isNew: boolean }>(
      `INSERT INTO report_feedback AS f (report_id, said_by, verdict, place, cause, said_at) VALUES ($1, $2, $3, $4, $5, coalesce(to_timestamp($6), now()))
       ON CONFLICT (report_id, said_by) DO UPDATE SET verdict = excluded.verdict, place = excluded.place, cause = excluded.cause, said_at = excluded.said_at
       WHERE $6::float8 IS NULL OR f.said_at < excluded.said_at
       RETURNING xmax = 0 AS "isNew"`,
      [whole, by, verdict, verdict === 'other' ? (place ?? null) : null, cause ?? null, at ?? null],
    )
    const [word] = said
    if (word !== undefined) await also()
    // Two words at once are counted one after the other.
    await client.query('LOCK TABLE evidence_weights IN EXCLUSIVE MODE')
    const weights = await readWeights(async (sql, values) => (await client.query(sql, [...values])).rows)
    const first = hypotheses[0]
    const isNews = word !== undefined
    if (!word?.isNew || first === undefined || right === first)
      return { report: whole, weightsVersion: weights.version, isNews }
    const { behaviour, slowness, saturation, problem } = moved(weights, first.points, right?.points)
    const { rows } = await client.query<{ version: number }>(
      `INSERT INTO evidence_weights (behaviour, slowness, saturation, problem, reason) VALUES ($1, $2, $3, $4, $5) RETURNING version`,
      [behaviour, slowness, saturation, problem, `${by} said of report ${whole}: ${verdict}`],
    )
    return { report: whole, weightsVersion: rows[0]!.version, isNews }
  })
}

/** What somebody said of a report. */
export interface Word {
  readonly by: string
  readonly verdict: Verdict
}

/** Of findings that have a report: a report's id, or an incident's, as `report/…` and `incident/…`. */
const REPORT_OF = `SELECT a.about, CASE WHEN a.about LIKE 'report/%' THEN substr(a.about, 8) ELSE t.report_id END AS report_id
  FROM unnest($1::text[]) AS a(about) LEFT JOIN report_triggers t ON t.trigger_id = a.about`

/** The report of a finding; undefined while an incident has none. */
export async function reportOf(client: pg.ClientBase, about: string): Promise<string | undefined> {
  const { rows } = await client.query<{ report_id: string | null }>(REPORT_OF, [[about]])
  return rows[0]?.report_id ?? undefined
}

/** What was said of reports, or of the reports of incidents, by the ids of their findings; the oldest word first. */
export async function readWords(read: Read, abouts: readonly string[]): Promise<ReadonlyMap<string, readonly Word[]>> {
  const rows = await read(
    `SELECT a.about, f.said_by, f.verdict FROM (${REPORT_OF}) a JOIN report_feedback f USING (report_id) ORDER BY f.said_at`,
    [abouts],
  )
  const words = rows.map(row => ({
    about: String(row.about),
    by: String(row.said_by),
    verdict: row.verdict as Verdict,
  }))
  return Map.groupBy(words, ({ about }) => about)
}

export interface AccuracyRow {
  readonly kind: string
  /** How sure the first hypothesis was. */
  readonly said: string
  readonly reports: number
  readonly judged: number
  readonly right: number
  readonly right_among_others: number
}

/** How often first hypotheses were right, by their kind and by how sure they were. */
export async function readAccuracy(client: pg.ClientBase): Promise<AccuracyRow[]> {
  const { rows } = await client.query<AccuracyRow>(
    `SELECT coalesce(kind, 'all') AS kind, coalesce(said, 'all') AS said, sum(reports)::int AS reports, sum(judged)::int AS judged,
       sum("right")::int AS right, sum(right_among_others)::int AS right_among_others
     FROM cause_accuracy GROUP BY GROUPING SETS ((kind), (said, bucket), ()) ORDER BY grouping(kind, said), kind, min(bucket) DESC`,
  )
  return rows
}
