import { z } from 'zod'
import { counted, nextCall, page, type Row } from '../answer.ts'
import { plainRow } from '../answer-text.ts'
import {
  allowedServices,
  budget,
  defineTool,
  environmentNames,
  limit,
  minutes,
  rangeOf,
  service,
  text,
  until,
} from '../tool.ts'
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
    const { hits, notes } = await access.searcher.search({
      text: query,
      limit: limit + 1,
      since: from,
      until: until === undefined ? undefined : to,
      services: allowedServices(access, service) ?? undefined,
      environments: environmentNames(env) ?? undefined,
      visible: access.services,
    })
    const found = hits.map(
      (hit): Row =>
        plainRow({
          fingerprint: hit.fingerprint,
          group_id: hit.group_id,
          kind: hit.kind,
          template: hit.template,
          ...(hit.sample === null ? {} : { sample: hit.sample }),
          records: hit.records,
          first_seen: hit.first_seen.toISOString(),
          last_seen: hit.last_seen.toISOString(),
          services: hit.services.map(place => `${place.service} (${place.environment})`),
          ...(hit.first_release === null ? {} : { first_release: hit.first_release }),
          certainty: hit.certainty,
          score: Math.round(hit.score * 100) / 100,
        }),
    )
    // How they were found is no statement of SQL; these are what was found.
    const problems = page(found, limit)
    access.show(FOUND, [problems.rows.map(row => row.fingerprint)])
    const [top] = problems.rows
    return {
      summary: `${counted(problems.rows.length, 'problem')}.${notes.length === 0 ? '' : ` Note: ${notes.join('; ')}.`}`,
      from,
      to,
      sections: [{ name: 'problems', ...problems, more: 'raise limit' }],
      next: top === undefined ? [] : [nextCall('get_fingerprint_samples', { fingerprint: top.fingerprint, env: '*' })],
      empty: top !== undefined ? undefined : await whyEmpty(access, { env, service, from, to }),
    }
  },
})

const FOUND = `SELECT lpad(to_hex(fingerprint), 16, '0') AS fingerprint, template, records, first_seen, last_seen, first_release
  FROM fingerprints WHERE lpad(to_hex(fingerprint), 16, '0') = ANY ($1)`
