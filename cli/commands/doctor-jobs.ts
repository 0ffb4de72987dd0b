import { durationText } from '../../pipeline/message/text.ts'
import { withClient } from '../../store/connect.ts'
import { type JobState, readJobs } from '../../store/jobs/state.ts'
import type { Store } from '../../store/open.ts'

/** Turns that a job may miss, and time beside, before it is behind: some wait for the end of an hour. */
const MISSED_TURNS = 3
const SLACK_S = 600

/** Tells of the jobs of whichever replica leads. */
export async function checkJobs(
  store: Store,
  report: (verdict: 'ok' | 'note' | 'fault', what: string, detail: string) => void,
): Promise<void> {
  const jobs = await withClient(store, 'owner', readJobs)
  // Beside jobs that run, one that never did waits for the end of its first hour.
  const areLed = jobs.some(job => job.succeededAt !== null && !isOverdue(job))
  for (const job of jobs) {
    const failed = job.failedAt !== null && (job.succeededAt === null || +job.failedAt > +job.succeededAt)
    if (failed) report('fault', 'jobs', `${job.job} failed at ${job.failedAt!.toISOString()}: ${job.failure}`)
    else if (isOverdue(job) && !(areLed && job.succeededAt === null)) {
      const last = job.succeededAt === null ? 'has never run' : `ran last at ${job.succeededAt.toISOString()}`
      report('note', 'jobs', `${job.job} ${last}: does a Sensorium run?`)
    }
  }
  const leader = jobs.find(job => job.leader !== null)?.leader
  if (jobs.length > 0)
    report('ok', 'jobs', `how far behind they are: ${jobs.map(summary).join(', ')}; run last by ${leader ?? 'nobody'}`)
}

function isOverdue({ succeededAt, everyMs }: JobState): boolean {
  const sinceS = succeededAt === null ? Number.POSITIVE_INFINITY : (Date.now() - +succeededAt) / 1_000
  return sinceS > (MISSED_TURNS * everyMs) / 1_000 + SLACK_S
}

function summary({ job, lagS }: JobState): string {
  if (lagS === null) return job
  return `${job} ${lagS < 60 ? `${Math.round(lagS)} s` : durationText(1_000 * lagS)}`
}
