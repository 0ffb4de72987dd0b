import { z } from 'zod'
import { counted, nextCall, page } from '../answer.ts'
import { allowedServices, budget, defineTool, env, limit, minutes, rangeOf, service, until } from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

export const errorFingerprintSummary = defineTool({
  name: 'error_fingerprint_summary',
  title: 'Top error clusters',
  description:
    'Most frequent problems over logs, spans, app events, nodes and CI, with affected deals, requests and releases. Start here. {"minutes":60,"limit":10}',
  input: z.strictObject({ env, minutes: minutes(60), limit: limit(10), service, until, ...budget }),
  async run({ env, minutes, limit, service, until }, access) {
    const { from, to } = rangeOf(access, minutes, until)
    const sql = 'SELECT * FROM error_fingerprint_summary($1, $2, $3, $4, $5)'
    const values = (count: number) => [env, minutes, count, allowedServices(access, service), to]
    const clusters = page(await access.rows(sql, values(limit + 1)), limit)
    access.show(sql, values(limit))
    const [top] = clusters.rows
    return {
      summary: `${counted(clusters.rows.length, 'distinct problem')}${clusters.hasMore ? ', the most frequent of more' : ''}.`,
      from,
      to,
      sections: [{ name: 'clusters', ...clusters, more: 'raise limit, or narrow service or minutes' }],
      next:
        top === undefined
          ? []
          : [
              nextCall('get_fingerprint_samples', { fingerprint: top.fingerprint, env }),
              nextCall('what_changed', { at: top.first_seen }),
            ],
      empty: top !== undefined ? undefined : await whyEmpty(access, { env, service, from, to }),
    }
  },
})
