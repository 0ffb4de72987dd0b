import { z } from 'zod'
import { counted, page, traceCall } from '../answer.ts'
import { olderRows } from '../paging.ts'
import { allowedServices, budget, defineTool, env, limit, minutes, rangeOf, service, skip, until } from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

export const listRecentErrors = defineTool({
  name: 'list_recent_errors',
  title: 'Latest errors',
  description: 'Single errors of any source, newest first. {"minutes":15,"service":"checkout"}',
  input: z.strictObject({ env, minutes: minutes(60), limit: limit(20), service, until, skip, ...budget }),
  async run({ env, minutes, limit, service, until, skip }, access) {
    const { from, to, until: exactly } = rangeOf(access, minutes, until)
    const services = allowedServices(access, service)
    const sql = `
      SELECT timestamp, source, service, environment, release, lpad(to_hex(fingerprint), 16, '0') AS fingerprint, type,
         error_type, left(message, 2000) AS message, left(nullif(error_message, message), 2000) AS error_message, deal_id, request_id, trace_id, node_id, run_id
       FROM error_events WHERE timestamp > $1 AND timestamp <= $2
         AND is_among(environment, environment_names($3))
         AND is_among(service, $4)
       ORDER BY timestamp DESC, source, service, trace_id, request_id, message LIMIT $5 OFFSET $6`
    const values = (count: number) => [from, exactly, env, services, count, skip]
    const errors = page(await access.rows(sql, values(limit + 1)), limit)
    access.show(sql, values(limit))
    return {
      summary: `${counted(errors.rows.length, 'error')}, the newest${errors.hasMore ? ' of more' : ''} first.`,
      from,
      to,
      sections: [{ name: 'errors', ...errors, more: olderRows(exactly, skip) }],
      next: errors.rows.flatMap(traceCall).slice(0, 1),
      empty: errors.rows.length > 0 ? undefined : await whyEmpty(access, { env, service, from, to }),
    }
  },
})
