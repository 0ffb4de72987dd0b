import { z } from 'zod'
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
    const services = allowedServices(access, service)
    // The function takes one service; a token of several asks for each.
    const found = []
    for (const one of services ?? [null]) {
      found.push(
        ...(await access.shown('SELECT * FROM error_fingerprint_summary($1, $2, $3, $4, $5)', [
          env,
          minutes,
          limit,
          one,
          to,
        ])),
      )
    }
    const clusters = found.toSorted((a, b) => Number(b.records) - Number(a.records)).slice(0, limit)
    const [top] = clusters
    return {
      summary: `${clusters.length} distinct problems.`,
      from,
      to,
      sections: [{ name: 'clusters', rows: clusters, more: 'raise limit or narrow service' }],
      next:
        top === undefined
          ? []
          : [
              `get_fingerprint_samples {"fingerprint":"${top.fingerprint}","env":"${env === '*' ? '*' : env.replaceAll('"', '')}"}`,
              `what_changed {"at":"${top.first_seen}"}`,
            ],
      empty: clusters.length > 0 ? undefined : await whyEmpty(access, { env, service, from }),
    }
  },
})
