import { z } from 'zod'
import type { Ranked } from '../../analysis/problems/rank.ts'
import { readProblems } from '../../store/problems.ts'
import { counted, nextCall, page, type Row, type Section } from '../answer.ts'
import { CHANGES_MAX, readChanges } from '../changes.ts'
import { allowedServices, budget, defineTool, minutes, moment, scopeOf, service } from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

/** What follows a moment closely may still be its cause: clocks, and deploys that report when they are done. */
const AFTER_MINUTES = 5

export const whatChanged = defineTool({
  name: 'what_changed',
  title: 'Changes around a moment',
  description:
    'Releases (rollbacks, too), deploys, config events and problems that began or came back before a moment. {"at":"2026-11-21T10:00:00Z","minutes":60}',
  input: z.strictObject({
    at: moment.describe('default now'),
    minutes: minutes(60),
    service,
    ...budget,
  }),
  async run({ at, minutes, service }, access) {
    const when = at === undefined ? access.now : new Date(at)
    const from = new Date(+when - minutes * 60_000)
    const to = new Date(+when + AFTER_MINUTES * 60_000)
    const services = allowedServices(access, service)
    const { releases, events, problems: begun } = await readChanges(access, from, to, services)
    const ranked = await readProblems(access.rows, scopeOf(access, '*', from, to), { services, count: CHANGES_MAX })
    const problems = likelyFirst(begun, ranked)
    const total = releases.length + events.length + problems.length
    return {
      summary: `${counted(releases.length, 'release')}, ${counted(events.length, 'other deploy or event', 'other deploys and events')}, ${counted(problems.length, 'problem')} that began or came back${begun.length === problems.length ? '' : `; ${begun.length - problems.length} more are as old as what is known of their services`}.`,
      from,
      to,
      sections: [
        { name: 'releases', ...most(releases) },
        { name: 'events', ...most(events) },
        { name: 'problems', ...most(problems) },
      ],
      next: problems.slice(0, 1).map(row => explainCall(row, { from, to, now: access.now })),
      empty: total > 0 ? undefined : await whyEmpty(access, { service, from, to }),
    }
  },
})

/**
 * The likely cause first, symptoms of others last, as error_fingerprint_summary has them. What was there since its
 * service is watched, as often as ever, did not begin.
 */
function likelyFirst(problems: readonly Row[], ranked: readonly Ranked[]): Row[] {
  const place = new Map(ranked.map((one, i) => [one.fingerprint, { ...one, i }]))
  const placed = problems.flatMap(row => {
    const known = place.get(String(row.fingerprint))
    if (known?.trend === 'steady' && row.status !== 'regressed') return []
    const causes = known?.symptomOf ?? []
    return [{ at: known?.i ?? ranked.length, row: causes.length === 0 ? row : { ...row, symptom_of: causes } }]
  })
  return placed.toSorted((a, b) => a.at - b.at).map(({ row }) => row)
}

const EXPLAINED_MAX_MINUTES = 1_440

/** As a whole, up to now where that is not long ago: at the moment it may have begun only. */
function explainCall({ fingerprint }: Row, { from, to, now }: { from: Date; to: Date; now: Date }): string {
  const untilNow = Math.ceil((+now - +from) / 60_000)
  if (untilNow <= EXPLAINED_MAX_MINUTES) {
    return nextCall('explain_failure', { fingerprint, env: '*', minutes: Math.max(1, untilNow) })
  }
  const length = +to - +from
  return nextCall('explain_failure', {
    fingerprint,
    env: '*',
    minutes: Math.ceil((2 * length) / 60_000),
    until: new Date(+to + length).toISOString(),
  })
}

function most(rows: readonly Row[]): Omit<Section, 'name'> {
  return { ...page(rows, CHANGES_MAX), more: 'narrow service or minutes' }
}
