import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { createGrouper, type Grouper } from '../../analysis/log-template/grouping.ts'
import { type Consume, type Context, define } from '../../pipeline/component.ts'
import { withClient } from '../../store/connect.ts'
import { foldSightings, type NewFingerprint } from '../../store/fingerprints/fold.ts'
import { storedTemplates, writeGroups } from '../../store/fingerprints/groups.ts'
import { newFingerprintFindings } from './findings.ts'

/** "sens", "fold": of several replicas on one database, the holder of this advisory lock folds. */
const LEADER_LOCK = [0x73656e73, 0x666f6c64]
/** SeverityNumber from which a new fingerprint is news. */
const SEVERITY_ERROR = 17

export const fingerprints = define({
  kind: 'receiver',
  type: 'fingerprints',
  summary:
    'Adds up what committed requests held of each fingerprint, keeps the groups, and emits a finding when an error is seen for the first time.',
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
    const stopping = new AbortController()
    let working: Promise<void> = Promise.resolve()
    const work = async () => {
      const grouper = createGrouper()
      const loaded = { isDone: false }
      while (!stopping.signal.aborted) {
        try {
          await foldOnce({ grouper, loaded, next, context, signal: stopping.signal })
        } catch (error) {
          // The database is away or busy; what was not folded waits in its table.
          loaded.isDone = false
          context.logger.warn({ err: error }, 'folding fingerprints failed; it is tried again')
        }
        await pause(intervalMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
      }
    }
    return {
      start: async () => {
        working = work()
      },
      shutdown: async () => {
        stopping.abort()
        await working
      },
    }
  },
})

interface Round {
  readonly grouper: Grouper
  /** Whether the grouper holds what the store has; forgotten whenever another process may have led. */
  readonly loaded: { isDone: boolean }
  readonly next: Consume
  readonly context: Context
  readonly signal: AbortSignal
}

/** One round on one connection, which holds the lock for as long as it lives. */
async function foldOnce({ grouper, loaded, next, context, signal }: Round): Promise<void> {
  const added: NewFingerprint[] = []
  await withClient(context.database, 'owner', async client => {
    const { rows } = await client.query<{ leads: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS leads', LEADER_LOCK)
    if (!rows[0]?.leads) {
      loaded.isDone = false
      return
    }
    for (let folded = await foldSightings(client); folded.sightings > 0; folded = await foldSightings(client)) {
      added.push(...folded.added)
      if (signal.aborted) break
    }
    if (loaded.isDone && added.length === 0) return
    if (!loaded.isDone)
      for (const known of await storedTemplates(client)) grouper.add(known.fingerprint, known.template)
    const merges = loaded.isDone
      ? added.filter(one => one.kind === 'log').flatMap(one => grouper.add(one.fingerprint, one.template))
      : []
    loaded.isDone = true
    const changes = (await storedTemplates(client)).flatMap(({ fingerprint, groupId }) => {
      const now = grouper.groupOf(fingerprint)
      return now === undefined || now === groupId ? [] : [{ fingerprint, groupId: now }]
    })
    const merged = merges.map(({ from, to }) => ({ oldGroup: from, newGroup: to }))
    await writeGroups(client, changes, merged)
  })
  const news = added.filter(one => one.severityNumber >= SEVERITY_ERROR || one.kind === 'error')
  if (news.length === 0) return
  await next(newFingerprintFindings(context.id, news), signal)
  context.counts.accepted(context.id, 'logs', news.length)
}
