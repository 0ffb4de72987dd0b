import { type BadSide, type Culprit, culpritsOf } from '../analysis/causes/index.ts'
import type { Window } from './explain-window.ts'
import { type Read, textOrNone } from './reading.ts'

export interface LevelsQuestion extends Window {
  /** The metric that is bad, and the service at which it is seen. */
  readonly metric: string
  readonly bad: BadSide
  readonly seenAt: string
  readonly calls: ReadonlyMap<string, readonly string[]>
}

/** Where trouble begins in a system that sends metrics and no traces, by the graph of its calls. */
export async function explainLevels(read: Read, question: LevelsQuestion): Promise<readonly Culprit[]> {
  const { from, to, usualFrom, usualTo, env, visible, metric, bad, seenAt, calls } = question
  const rows = await read(
    `SELECT m.service, r.attributes ->> 'sensorium.seen_from' AS seen_from, p.timestamp > $1 AND p.timestamp <= $2 AS is_during,
       array_agg(coalesce(p.value, p.value_int::float8) ORDER BY p.timestamp) AS levels
     FROM metric_points p JOIN metric_series m USING (series_id) JOIN telemetry_resources r USING (resource_id)
     WHERE m.metric_name = $5 AND is_among(m.environment, environment_names($6)) AND is_among(m.service, $7)
       AND (p.timestamp > $1 AND p.timestamp <= $2 OR p.timestamp > $3 AND p.timestamp <= $4)
     GROUP BY 1, 2, 3`,
    [from, to, usualFrom, usualTo, metric, env, visible],
  )
  const parts = [...Map.groupBy(rows, row => String(row.service))].map(([name, own]) => {
    const levels = (isDuring: boolean) =>
      own.filter(row => row.is_during === isDuring).flatMap(row => (row.levels as readonly unknown[]).map(Number)) // array_agg
    return {
      name,
      usual: levels(false),
      during: levels(true),
      isSilent: own.some(row => textOrNone(row.seen_from) === 'outside'),
    }
  })
  return culpritsOf(seenAt, parts, calls, bad)
}
