import { z } from 'zod'
import type { Access } from '../access.ts'
import { counted, page, type Row } from '../answer.ts'
import { ToolRefusal } from '../refusal.ts'
import { allowedServices, budget, defineTool, env, limit, minutes, rangeOf, service, text, until } from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

export const searchEvents = defineTool({
  name: 'search_events',
  title: 'Events by words',
  description:
    'Events and log lines whose message holds all the words, newest first. {"query":"credit memo","minutes":60}',
  input: z.strictObject({
    query: text(200),
    env,
    minutes: minutes(60),
    limit: limit(20),
    service,
    until,
    ...budget,
  }),
  async run({ query, env, minutes, limit, service, until }, access) {
    const words = query.split(/\s+/).filter(word => word !== '')
    if (words.length === 0)
      throw new ToolRefusal('query has no word; send one or more, such as {"query":"credit memo"}')
    const { from, to } = rangeOf(access, minutes, until)
    const services = allowedServices(access, service)
    const patterns = words.slice(0, 8).map(word => `%${word.replaceAll(/[\\%_]/g, '\\$&')}%`)
    const events = page(await newestFirst(access, from, to, limit + 1, [env, services, patterns]), limit)
    access.show(SEARCH, [from, to, env, services, patterns, limit])
    return {
      summary: `${counted(events.rows.length, 'event')}${events.hasMore ? ', the newest of more' : ''}.`,
      from,
      to,
      sections: [{ name: 'events', ...events, more: 'raise limit, or pass until of the last row' }],
      next: [],
      empty:
        events.rows.length > 0
          ? undefined
          : `${await whyEmpty(access, { env, service, from, to })} search_errors finds problems by meaning.`,
    }
  },
})

/** The first slice is so much of the range; each next one is twice as long. */
const FIRST_SLICE = 1 / 32

/**
 * Looks from the newest on, in slices that grow: words that are everywhere are found in the first, and only those that
 * are rare make the whole range be read.
 */
async function newestFirst(
  access: Access,
  from: Date,
  to: Date,
  limit: number,
  values: readonly unknown[],
): Promise<Row[]> {
  const found: Row[] = []
  let end = to
  for (let share = FIRST_SLICE; found.length < limit && end > from; share *= 2) {
    const start = new Date(Math.max(+from, +end - (+to - +from) * share))
    found.push(...(await access.rows(SEARCH, [start, end, ...values, limit - found.length])))
    end = start
  }
  return found
}

const SEARCH = `
  SELECT * FROM (
    (SELECT timestamp, 'log' AS what, service, level, event_name AS name, left(message, 500) AS message, request_id, trace_id,
      NULL AS deal_id, lpad(to_hex(fingerprint), 16, '0') AS fingerprint
    FROM application_logs WHERE timestamp > $1 AND timestamp <= $2
      AND is_among(environment, environment_names($3))
      AND is_among(service, $4) AND message ILIKE ALL ($5::text[])
    ORDER BY timestamp DESC LIMIT $6)
    UNION ALL
    (SELECT created_at, 'event', product, severity, type, left(message, 500), request_id, trace_id, deal_id,
      lpad(to_hex(fingerprint), 16, '0')
    FROM buddy_observer_events WHERE created_at > $1 AND created_at <= $2
      AND is_among(env, environment_names($3))
      AND is_among(product, $4) AND message ILIKE ALL ($5::text[])
    ORDER BY created_at DESC LIMIT $6)
    UNION ALL
    (SELECT created_at, 'node', service, severity, type, left(message, 500), NULL, NULL, NULL, lpad(to_hex(fingerprint), 16, '0')
    FROM node_telemetry WHERE created_at > $1 AND created_at <= $2
      AND is_among(environment, environment_names($3))
      AND is_among(service, $4) AND message ILIKE ALL ($5::text[])
    ORDER BY created_at DESC LIMIT $6)
  ) found ORDER BY timestamp DESC LIMIT $6`
