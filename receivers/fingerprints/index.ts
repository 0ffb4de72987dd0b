import type pg from 'pg'
import { z } from 'zod'
import { type Consume, type Context, define } from '../../pipeline/component.ts'
import { errorText, PermanentError } from '../../pipeline/errors.ts'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import { hasRules } from '../../store/fingerprints/groups.ts'
import { type Finding, forgetFindings, readFindings } from '../../store/fingerprints/outbox.ts'
import { startJobs, type Turn } from '../../store/jobs/index.ts'
import { findingBatch } from './findings.ts'
import { createRegrouping, type Regrouping } from './regroup.ts'

export const fingerprints = define({
  kind: 'receiver',
  type: 'fingerprints',
  summary:
    'Adds up what committed requests held of each fingerprint, keeps the groups, and emits a finding when an error is seen for the first time, or again after it was resolved.',
  signals: ['logs'],
  config: z.strictObject({
    interval_ms: z
      .int()
      .min(100)
      .max(600_000)
      .default(1_000)
      .describe('How often sightings are folded. Counts are right in between too: fingerprint_counts adds the rest.'),
  }),
  examples: [{}, { interval_ms: 10_000 }],
  create({ interval_ms: intervalMs }, next, context) {
    const state: State = { regrouping: createRegrouping(), isStale: true }
    let jobs: ReturnType<typeof startJobs> | undefined
    return {
      start: async () => {
        jobs = startJobs({
          database: context.database,
          logger: context.logger,
          meter: context.meter,
          jobs: [{ name: context.id, everyMs: intervalMs, run: turn => round(state, next, context, turn) }],
        })
      },
      shutdown: async () => {
        await jobs?.stop()
      },
    }
  },
})

interface State {
  readonly regrouping: Regrouping
  /** Whether the groups may be others than the store has: something came in, or another process may have led. */
  isStale: boolean
}

/** What fails is done by the next turn: what was not folded waits in its table. */
async function round(state: State, next: Consume, context: Context, { client, signal, isFirst }: Turn): Promise<void> {
  // Another process may have led before.
  if (isFirst) state.isStale = true
  try {
    for (let folded = await foldSightings(client); folded.sightings > 0; folded = await foldSightings(client)) {
      // An error is a group of its own, unless a rule says otherwise.
      if (folded.carried > 0) {
        state.isStale = true
        context.logger.info(`recognised ${folded.carried} fingerprints of an earlier version: fingerprint_carry_over`)
      }
      if (folded.addedLogs > 0 || (folded.added > 0 && (await hasRules(client)))) state.isStale = true
      if (signal.aborted) break
    }
    if (state.isStale) await state.regrouping.run(client)
    state.isStale = false
    if (!signal.aborted) await tell(client, next, context, signal)
  } catch (error) {
    state.isStale = true
    throw error
  }
}

/** Hands findings on, each until it is stored: what ends between the two is handed on again under the same id. */
async function tell(client: pg.ClientBase, next: Consume, context: Context, signal: AbortSignal): Promise<void> {
  for (let found = await readFindings(client); found.length > 0; found = await readFindings(client)) {
    const told = await Promise.all(found.map(one => tellOne(one, next, context, signal)))
    await forgetFindings(client, told)
    context.counts.accepted(context.id, 'logs', told.length)
  }
}

async function tellOne(finding: Finding, next: Consume, context: Context, signal: AbortSignal): Promise<bigint> {
  try {
    await next(findingBatch(context.id, finding), signal)
  } catch (error) {
    // Sending it again is of no use, and the next findings must not wait for it for ever.
    if (!(error instanceof PermanentError)) throw error
    context.logger.error(`a finding was refused: ${errorText(error)}`)
  }
  return finding.id
}
