import { z } from 'zod'
import type { Row } from '../answer.ts'
import { plainRow } from '../answer.ts'
import { ToolRefusal } from '../refusal.ts'
import { allowedServices, budget, defineTool, limit, minutes, rangeOf, service, text, until } from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

export const searchErrors = defineTool({
  name: 'search_errors',
  title: 'Problems by meaning',
  description:
    'Distinct problems found by meaning, words and parts of words. {"query":"payment timed out in checkout"}',
  input: z.strictObject({
    query: z.string().min(1).max(1_000),
    env: text(64).default('*').describe('* for all'),
    minutes: minutes(1_440),
    limit: limit(10),
    service,
    until,
    ...budget,
  }),
  async run({ query, env, minutes, limit, service, until }, access) {
    const { from, to } = rangeOf(access, minutes, until)
    const services = allowedServices(access, service)
    if (services !== null && services.length > 1) {
      throw new ToolRefusal(`name one service of ${services.join(', ')}: this token may see several, not all`)
    }
    const { hits, notes } = await access.searcher.search({
      text: query,
      limit,
      since: from,
      service: services?.[0],
      environment: env === '*' ? undefined : env,
    })
    const rows = hits.map(
      (hit): Row =>
        plainRow({
          fingerprint: hit.fingerprint,
          group_id: hit.group_id,
          kind: hit.kind,
          template: hit.template,
          sample: hit.sample,
          records: hit.records,
          first_seen: hit.first_seen.toISOString(),
          last_seen: hit.last_seen.toISOString(),
          services: hit.services.map(place => `${place.service} (${place.environment})`),
          ...(hit.first_release === null ? {} : { first_release: hit.first_release }),
          score: Math.round(hit.score * 10_000) / 10_000,
        }),
    )
    // How they were found is no statement of SQL; these are what was found.
    access.show(FOUND, [hits.map(hit => hit.fingerprint)])
    const [top] = hits
    return {
      summary: `${rows.length} problems.${notes.length === 0 ? '' : ` Note: ${notes.join('; ')}.`}`,
      from,
      to,
      sections: [{ name: 'problems', rows, more: 'raise limit' }],
      next: top === undefined ? [] : [`get_fingerprint_samples {"fingerprint":"${top.fingerprint}","env":"*"}`],
      empty: rows.length > 0 ? undefined : await whyEmpty(access, { service, from }),
    }
  },
})

const FOUND = `SELECT lpad(to_hex(fingerprint), 16, '0') AS fingerprint, template, records, first_seen, last_seen, first_release
  FROM fingerprints WHERE lpad(to_hex(fingerprint), 16, '0') = ANY ($1)`
