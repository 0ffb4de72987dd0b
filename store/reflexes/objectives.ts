import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { BurnRule, MinuteOfEvents } from '../../analysis/slo/burn.ts'
import type { Burn, BurnChange } from '../../analysis/slo/objective.ts'

export interface ObjectiveConfig {
  readonly name: string
  readonly title: string
  readonly service: string
  readonly environment: string
  readonly operation: string | undefined
  readonly countsErrors: boolean
  /** From here on a request is slow; undefined where that is not asked. */
  readonly slowFromMs: number | undefined
  readonly target: number
  /** Minutes are counted, not requests: a minute is good from this share of good requests on. */
  readonly sliceTarget: number | undefined
  readonly periodMinutes: number
  readonly rules: readonly BurnRule[]
}

const MINUTE_MS = 60_000

/** Events of an objective by minute, the empty minutes included, in order. */
export async function readEvents(
  client: pg.ClientBase,
  objective: ObjectiveConfig,
  from: number,
  until: number,
): Promise<readonly MinuteOfEvents[]> {
  const { service, environment, operation, countsErrors, slowFromMs, sliceTarget } = objective
  const { rows } = await client.query<{ time: number; total: number; errors: number; fast: number; good: number }>(
    `SELECT (extract(epoch FROM minute) * 1000)::float8 AS time, sum(requests)::float8 AS total, sum(errors)::float8 AS errors,
       sum(CASE WHEN $5::float8 IS NULL THEN requests ELSE sketch_count_up_to(sketch, $5) END)::float8 AS fast,
       sum(CASE WHEN $5::float8 IS NULL THEN requests - errors
         ELSE sketch_count_up_to(sketch, $5) - CASE WHEN error_sketch IS NULL THEN 0 ELSE sketch_count_up_to(error_sketch, $5) END END)::float8 AS good
     FROM request_minutes
     WHERE minute >= $1 AND minute < $2 AND is_request AND service = $3 AND is_among(environment, environment_names($4))
       AND ($6::text IS NULL OR operation = $6)
     GROUP BY 1`,
    [new Date(from), new Date(until), service, environment, slowFromMs ?? null, operation ?? null],
  )
  const byTime = new Map(rows.map(row => [row.time, row]))
  const minutes: MinuteOfEvents[] = []
  for (let time = from; time < until; time += MINUTE_MS) {
    const row = byTime.get(time)
    const total = row?.total ?? 0
    const bad =
      row === undefined ? 0 : slowFromMs === undefined ? row.errors : countsErrors ? total - row.good : total - row.fast
    if (sliceTarget === undefined) minutes.push({ time, total, bad })
    else minutes.push({ time, total: total > 0 ? 1 : 0, bad: total > 0 && 1 - bad / total < sliceTarget ? 1 : 0 })
  }
  return minutes
}

export function burnId({ name }: ObjectiveConfig, { rule, since }: Burn): string {
  return createHash('sha256').update(`${name} ${rule.name} ${since}`).digest('hex').slice(0, 16)
}

/** @param budgetLeft share of the budget; below 0 where more was used than there was */
function leftOf(budgetLeft: number): string {
  if (budgetLeft > 0) return `${Math.round(100 * budgetLeft)} % left`
  const times = 1 - budgetLeft
  return times >= 2 && Number.isFinite(times) ? `used up ${Math.round(times)} times over` : 'used up'
}

/** What promise, how fast the budget goes, what is left. */
export function burnSentence(
  { title, service, target, periodMinutes }: ObjectiveConfig,
  { burn, budgetLeft }: BurnChange,
): string {
  const days = Number((periodMinutes / 1_440).toPrecision(2))
  const rate = Number(Math.max(burn.rate, burn.peakRate).toPrecision(3))
  const over = burn.until === undefined ? '' : ', now over'
  return `${service}: the error budget of "${title}" (${Number((100 * target).toPrecision(6))} % over ${days} d) burns ${rate} times too fast since ${new Date(burn.since).toISOString().slice(11, 16)} UTC, ${leftOf(budgetLeft)}${over}`
}

export async function writeBurn(
  client: pg.ClientBase,
  objective: ObjectiveConfig,
  change: BurnChange,
  now: number,
): Promise<number> {
  const { burn, budgetLeft, what } = change
  const { rows } = await client.query<{ revision: number }>(
    `INSERT INTO slo_burns AS b (id, objective, service, environment, rule, severity, started_at, ended_at, was_muted, peak_rate,
       budget_left, description, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
     ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, was_muted = excluded.was_muted, peak_rate = excluded.peak_rate,
       budget_left = excluded.budget_left, description = excluded.description, updated_at = excluded.updated_at, revision = b.revision + 1
     RETURNING revision`,
    [
      burnId(objective, burn),
      objective.name,
      objective.service,
      objective.environment,
      burn.rule.name,
      burn.rule.severity,
      new Date(burn.since),
      burn.until === undefined ? null : new Date(burn.until),
      what === 'muted',
      burn.peakRate,
      Number.isFinite(budgetLeft) ? budgetLeft : -1,
      burnSentence(objective, change),
      new Date(now),
    ],
  )
  return rows[0]!.revision
}

/** Burns of an objective that go on. */
export function readOpenBurns(client: pg.ClientBase, objective: ObjectiveConfig): Promise<readonly Burn[]> {
  return readBurns(client, objective, 'ended_at IS NULL')
}

/** Burns of an objective that have ended since. */
export function readBurnsOver(
  client: pg.ClientBase,
  objective: ObjectiveConfig,
  since: number,
): Promise<readonly Burn[]> {
  return readBurns(client, objective, 'ended_at >= $2', new Date(since))
}

async function readBurns(
  client: pg.ClientBase,
  { name, rules }: ObjectiveConfig,
  where: string,
  ...values: readonly Date[]
): Promise<readonly Burn[]> {
  const { rows } = await client.query<{ rule: string; started_at: Date; ended_at: Date | null; peak_rate: number }>(
    `SELECT rule, started_at, ended_at, peak_rate FROM slo_burns WHERE objective = $1 AND ${where}`,
    [name, ...values],
  )
  return rows.flatMap(({ rule: named, started_at, ended_at, peak_rate }) => {
    const rule = rules.find(one => one.name === named)
    const until = ended_at === null ? undefined : +ended_at
    return rule === undefined ? [] : [{ rule, since: +started_at, until, rate: peak_rate, peakRate: peak_rate }]
  })
}

export interface ObjectiveStatus {
  readonly total: number
  readonly bad: number
  readonly budgetLeft: number
  readonly burning: string | undefined
}

export async function writeStatus(
  client: pg.ClientBase,
  objective: ObjectiveConfig,
  status: ObjectiveStatus,
  now: number,
): Promise<void> {
  await client.query(
    `INSERT INTO slo_status (objective, service, environment, target, period_days, total, bad, budget_left, burning, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (objective) DO UPDATE SET service = excluded.service, environment = excluded.environment, target = excluded.target,
       period_days = excluded.period_days, total = excluded.total, bad = excluded.bad, budget_left = excluded.budget_left,
       burning = excluded.burning, updated_at = excluded.updated_at`,
    [
      objective.name,
      objective.service,
      objective.environment,
      objective.target,
      objective.periodMinutes / 1_440,
      status.total,
      status.bad,
      Number.isFinite(status.budgetLeft) ? status.budgetLeft : -1,
      status.burning ?? null,
      new Date(now),
    ],
  )
}
