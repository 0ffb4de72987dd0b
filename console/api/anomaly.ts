import { z } from 'zod'
import { listOf, textOrNone } from '../../store/reading.ts'
import { endpoint, NotFound } from '../server/endpoint.ts'

export interface AnomalyAnswer {
  readonly id: string
  readonly type: string
  readonly metric: string
  readonly severity: string
  readonly description: string
  readonly environment: string
  readonly service: string
  readonly operation: string | undefined
  readonly callee: string | undefined
  /** Of the problem whose records are counted. */
  readonly fingerprint: string | undefined
  readonly started_at: string
  readonly peak_at: string
  readonly ended_at: string | undefined
  readonly acknowledged_by: string | undefined
  readonly acknowledged_why: string | undefined
  readonly shared: string | undefined
  readonly changed_before: readonly string[]
  readonly incident_id: string | undefined
}

/** One episode of something unusual: where the links of its messages lead. */
export const anomaly = endpoint({
  name: 'anomaly',
  query: z.strictObject({ id: z.uuid() }),
  async answer({ access, read }, { id }): Promise<AnomalyAnswer> {
    const [row] = await read(
      `SELECT a.*, shared->>'words' AS words,
         (SELECT m.incident_id FROM incident_members m WHERE m.finding_id = 'anomaly/' || a.id LIMIT 1) AS incident_id
       FROM anomalies a WHERE a.id = $1 AND is_among(a.service, $2)`,
      [id, access.services ?? null],
    )
    if (row === undefined) throw new NotFound('there is no anomaly of this id that you may see')
    const named = (kind: string) => (row.series_kind === kind ? String(row.series_name) : undefined)
    return {
      id,
      type: String(row.anomaly_type),
      metric: String(row.metric_name),
      severity: String(row.severity),
      description: String(row.description),
      environment: String(row.environment),
      service: String(row.service),
      operation: named('operation'),
      callee: named('edge'),
      fingerprint: named('problem'),
      started_at: String(row.started_at),
      peak_at: String(row.peak_at),
      ended_at: textOrNone(row.ended_at),
      acknowledged_by: textOrNone(row.acknowledged_by),
      acknowledged_why: textOrNone(row.acknowledged_why),
      shared: textOrNone(row.words),
      changed_before: listOf(row.changed_before).map(String),
      incident_id: textOrNone(row.incident_id),
    }
  },
})
