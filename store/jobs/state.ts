import type pg from 'pg'

/** What the table `jobs` knows of a job. */
export interface JobState {
  readonly job: string
  /** All before it is done. */
  readonly watermark: Date | null
  readonly succeededAt: Date | null
  readonly failedAt: Date | null
  readonly failure: string | null
  readonly leader: string | null
  readonly everyMs: number
  /** Seconds that the watermark is behind now; without one, since the last success. */
  readonly lagS: number | null
}

export async function readJobs(client: pg.ClientBase): Promise<JobState[]> {
  const { rows } = await client.query<JobState>(
    `SELECT job, watermark, succeeded_at AS "succeededAt", failed_at AS "failedAt", failure, leader, every_ms AS "everyMs",
       lag_s AS "lagS" FROM job_lag ORDER BY job`,
  )
  return rows
}

export async function readWatermark(client: pg.ClientBase, job: string): Promise<Date | undefined> {
  const { rows } = await client.query<{ watermark: Date | null }>('SELECT watermark FROM jobs WHERE job = $1', [job])
  return rows[0]?.watermark ?? undefined
}

/** In the transaction of the work that it stands for. Watermarks only go forward. */
export async function advance(client: pg.ClientBase, job: string, watermark: Date): Promise<void> {
  await client.query(
    `INSERT INTO jobs AS j (job, watermark) VALUES ($1, $2)
     ON CONFLICT (job) DO UPDATE SET watermark = greatest(j.watermark, excluded.watermark)`,
    [job, watermark],
  )
}

export interface Outcome {
  readonly job: string
  readonly everyMs: number
  readonly leader: string
  readonly durationMs: number
  /** Since it was written down last. */
  readonly runs: number
  readonly failures: number
  readonly failure?: string
}

export async function bookOutcome(client: pg.ClientBase, outcome: Outcome): Promise<void> {
  const { job, everyMs, leader, durationMs, runs, failures, failure } = outcome
  await client.query(
    `INSERT INTO jobs AS j (job, every_ms, leader, duration_ms, runs, failures, succeeded_at, failed_at, failure)
     VALUES ($1, $2, $3, $4, $6, $7, CASE WHEN $5::text IS NULL THEN now() END,
       CASE WHEN $5 IS NOT NULL THEN now() END, $5)
     ON CONFLICT (job) DO UPDATE SET
       every_ms = excluded.every_ms, leader = excluded.leader, duration_ms = excluded.duration_ms, runs = j.runs + excluded.runs,
       failures = j.failures + excluded.failures, succeeded_at = coalesce(excluded.succeeded_at, j.succeeded_at),
       failed_at = coalesce(excluded.failed_at, j.failed_at), failure = coalesce(excluded.failure, j.failure)`,
    [job, everyMs, leader, durationMs, failure ?? null, runs, failures],
  )
}
