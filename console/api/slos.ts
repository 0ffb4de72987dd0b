import { z } from 'zod'
import { endpoint, rangeQuery, scopeOf } from '../server/endpoint.ts'

type Row = Readonly<Record<string, unknown>>

export interface SlosAnswer {
  /** The one with the least budget left first. */
  readonly objectives: readonly {
    readonly objective: string
    readonly service: string
    readonly environment: string
    readonly target: number
    readonly periodDays: number
    readonly total: number
    readonly bad: number
    /** Of 0 to 1; negative where it is overspent. */
    readonly budgetLeft: number
    readonly burning?: string | undefined
    readonly updatedAt: string
  }[]
  /** Of the last thirty days, the newest first. */
  readonly burns: readonly Row[]
  readonly from: string
  readonly to: string
}

const BURNS_DAYS = 30

export const slos = endpoint({
  name: 'slos',
  query: z.strictObject(rangeQuery),
  async answer(reading, query): Promise<SlosAnswer> {
    const { to, env, visible } = scopeOf(reading, query)
    const from = new Date(+to - BURNS_DAYS * 86_400_000)
    const objectives = await reading.read(
      `SELECT objective, service, environment, target, period_days, total, bad, budget_left, burning, updated_at FROM slo_status
       WHERE is_among(service, $1::text[]) AND is_among(environment, environment_names($2)) ORDER BY budget_left, objective LIMIT 500`,
      [visible, env],
    )
    const burns = await reading.read(
      `SELECT id, objective, service, environment, rule, severity, started_at, ended_at, was_muted, peak_rate, budget_left, description FROM slo_burns
       WHERE is_among(service, $1::text[]) AND is_among(environment, environment_names($2)) AND coalesce(ended_at, now()) > $3 AND started_at <= $4
       ORDER BY started_at DESC LIMIT 300`,
      [visible, env, from, to],
    )
    return {
      objectives: objectives.map(row => ({
        ...{ objective: String(row.objective), service: String(row.service), environment: String(row.environment) },
        ...{
          target: Number(row.target),
          periodDays: Number(row.period_days),
          total: Number(row.total),
          bad: Number(row.bad),
        },
        ...{ budgetLeft: Number(row.budget_left), updatedAt: String(row.updated_at) },
        ...(row.burning === undefined ? {} : { burning: String(row.burning) }),
      })),
      burns,
      from: from.toISOString(),
      to: to.toISOString(),
    }
  },
})
