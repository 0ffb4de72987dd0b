import pg from 'pg'
import { z } from 'zod'
import { sqlState } from '../../store/connect.ts'
import type { Access } from '../access.ts'
import { counted, page, type Row } from '../answer.ts'
import { olderRows } from '../paging.ts'
import { ToolRefusal } from '../refusal.ts'
import {
  allowedServices,
  budget,
  defineTool,
  env,
  hasWord,
  limit,
  minutes,
  rangeOf,
  service,
  skip,
  text,
  until,
} from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

export const searchEvents = defineTool({
  name: 'search_events',
  title: 'Events by words',
  description:
    'Events and log lines whose message holds all the words, or "a phrase" in quotes, newest first. {"query":"credit memo","minutes":60}',
  input: z.strictObject({
    query: text(200).refine(hasWord, 'query has no word; send one or more, such as {"query":"credit memo"}'),
    env,
    minutes: minutes(60),
    limit: limit(20),
    service,
    until,
    skip,
    ...budget,
  }),
  async run({ query, env, minutes, limit, service, until, skip }, access) {
    const { from, to, until: exactly } = rangeOf(access, minutes, until)
    const values = [query, from, exactly, skip + limit + 1, allowedServices(access, service), env, skip]
    const events = page(await found(access, values), limit)
    access.show(SEARCH, values.with(3, skip + limit))
    return {
      summary: `${counted(events.rows.length, 'event')}${events.hasMore ? ', the newest of more' : ''}.`,
      from,
      to,
      sections: [{ name: 'events', ...events, more: olderRows(exactly, skip) }],
      next: [],
      empty:
        events.rows.length > 0
          ? undefined
          : `${await whyEmpty(access, { env, service, from, to })} Words are looked for as a whole; search_errors finds problems by meaning and by parts of words.`,
    }
  },
})

const INVALID_PARAMETER = '22023'

async function found(access: Access, values: readonly unknown[]): Promise<Row[]> {
  try {
    return await access.rows(SEARCH, values)
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || sqlState(error) !== INVALID_PARAMETER) throw error
    throw new ToolRefusal('query has no word that can be looked for; send one, such as {"query":"credit memo"}')
  }
}

const SEARCH = `
  SELECT timestamp, what, service, level, name, left(message, 2000) AS message, request_id, trace_id, deal_id,
    lpad(to_hex(fingerprint), 16, '0') AS fingerprint
  FROM search_records($1, $2, $3, $4, $5, $6) OFFSET $7`
