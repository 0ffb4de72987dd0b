import { z } from 'zod'
import type { SearchHit } from '../../store/search/index.ts'
import { counted, nextCall, page, type Row } from '../answer.ts'
import { plainRow } from '../answer-text.ts'
import {
  allowedServices,
  budget,
  defineTool,
  environmentNames,
  hasWord,
  limit,
  minutes,
  rangeOf,
  service,
  text,
  until,
} from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

const SEVERITY_WARN = 13

export const searchErrors = defineTool({
  name: 'search_errors',
  title: 'Problems by meaning',
  description:
    'Errors and warnings found by meaning, words and parts of words; with all, what is no trouble as well. {"query":"payment timed out in checkout"}',
  input: z.strictObject({
    query: text(1_000).refine(hasWord, 'query has no word; say what happened, such as "payment timed out"'),
    all: z.boolean().default(false),
    env: text(64).default('*').describe('* for all'),
    minutes: minutes(1_440),
    limit: limit(10),
    service,
    until,
    ...budget,
  }),
  async run({ query, all, env, minutes, limit, service, until }, access) {
    const { from, to, until: exactly } = rangeOf(access, minutes, until)
    const services = allowedServices(access, service)
    const { hits, notes } = await access.searcher.search({
      text: query,
      limit: limit + 1,
      since: from,
      until: until === undefined ? undefined : to,
      services: services ?? undefined,
      environments: environmentNames(env) ?? undefined,
      troubleFrom: all ? undefined : SEVERITY_WARN,
      visible: access.services,
    })
    const { rows: shown, hasMore } = page(hits.map(hitRow), limit)
    // Vectors are compared in process: the statement says of what was found how it stands in the range.
    const counts = await access.shown(COUNTS, [shown.map(row => row.fingerprint), from, exactly, env, services])
    const byId = new Map(counts.map(({ fingerprint, ...row }) => [fingerprint, row]))
    const problems = shown.map(row => ({ ...row, ...byId.get(row.fingerprint!) })).sort(troubleFirst)
    const [top] = problems
    return {
      summary: `${counted(problems.length, all ? 'statement' : 'problem')}${hasMore ? ', the nearest of more' : ''}.${notes.length === 0 ? '' : ` Note: ${notes.join('; ')}.`}`,
      from,
      to,
      sections: [{ name: 'problems', rows: problems, hasMore, more: 'raise limit' }],
      next: top === undefined ? [] : [nextCall('get_fingerprint_samples', { fingerprint: top.fingerprint, env: '*' })],
      empty:
        top !== undefined
          ? undefined
          : `${await whyEmpty(access, { env, service, from, to })}${all ? '' : ' With "all":true what is no trouble is searched, too.'}`,
    }
  },
})

function hitRow(hit: SearchHit): Row {
  const isTrouble = hit.kind === 'error' || hit.severity_number >= SEVERITY_WARN
  return plainRow({
    fingerprint: hit.fingerprint,
    group_id: hit.group_id,
    kind: isTrouble ? hit.kind : 'no trouble',
    template: hit.template,
    ...(hit.sample === null ? {} : { sample: hit.sample }),
    first_seen: hit.first_seen.toISOString(),
    last_seen: hit.last_seen.toISOString(),
    services: hit.services.map(place => `${place.service} (${place.environment})`),
    ...(hit.first_release === null ? {} : { first_release: hit.first_release }),
    certainty: hit.certainty,
    score: Math.round(hit.score * 100) / 100,
  })
}

function troubleFirst(a: Row, b: Row): number {
  return Number(a.kind === 'no trouble') - Number(b.kind === 'no trouble')
}

const COUNTS = 'SELECT * FROM problem_counts($1, $2, $3, $4, $5)'
