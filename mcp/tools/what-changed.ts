import { z } from 'zod'
import { counted, nextCall, page, type Row, type Section } from '../answer.ts'
import { CHANGES_MAX, readChanges } from '../changes.ts'
import { allowedServices, budget, defineTool, minutes, moment, service } from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

/** What follows a moment closely may still be its cause: clocks, and deploys that report when they are done. */
const AFTER_MINUTES = 5

export const whatChanged = defineTool({
  name: 'what_changed',
  title: 'Changes around a moment',
  description:
    'Deploys, new releases, config events and problems that began or came back before a moment. {"at":"2026-11-21T10:00:00Z","minutes":60}',
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
    const { deploys, releases, problems } = await readChanges(access, from, to, allowedServices(access, service))
    const total = deploys.length + releases.length + problems.length
    return {
      summary: `${counted(deploys.length, 'deploy or event', 'deploys and events')}, ${counted(releases.length, 'new release')}, ${counted(problems.length, 'problem')} that began or came back.`,
      from,
      to,
      sections: [
        { name: 'new_releases', ...most(releases) },
        { name: 'problems', ...most(problems) },
        { name: 'deploys', ...most(deploys) },
      ],
      next: problems
        .slice(0, 1)
        .map(row => nextCall('get_fingerprint_samples', { fingerprint: row.fingerprint, env: '*' })),
      empty: total > 0 ? undefined : await whyEmpty(access, { service, from, to }),
    }
  },
})

function most(rows: readonly Row[]): Omit<Section, 'name'> {
  return { ...page(rows, CHANGES_MAX), more: 'narrow service or minutes' }
}
