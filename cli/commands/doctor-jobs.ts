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
  for (const job of jobs) {
    const failed = job.failedAt !== null && (job.succeededAt === null || +job.failedAt > +job.succeededAt)
    if (failed) report('fault', 'jobs', `${job.job} failed at ${job.failedAt!.toISOString()}: ${job.failure}`)
    else if (isOverdue(job)) {
      const last = job.succeededAt?.toISOString() ?? 'never'
      report('note', 'jobs', `${job.job} ran last at ${last} (${job.leader}): does a Sensorium run?`)
    }
  }
  const leader = jobs.find(job => job.leader !== null)?.leader
  if (jobs.length > 0) report('ok', 'jobs', `${jobs.map(summary).join(', ')}; run last by ${leader}`)
}

function isOverdue({ succeededAt, everyMs }: JobState): boolean {
  const sinceS = succeededAt === null ? Number.POSITIVE_INFINITY : (Date.now() - +succeededAt) / 1_000
  return sinceS > (MISSED_TURNS * everyMs) / 1_000 + SLACK_S
}

function summary({ job, lagS }: JobState): string {
  return lagS === null ? job : `${job} is ${Math.round(lagS)} s behind`
}
