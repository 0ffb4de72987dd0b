import { z } from 'zod'
import { counted, page, traceCall } from '../answer.ts'
import { readProblem } from '../problem.ts'
import {
  allowedServices,
  budget,
  defineTool,
  env,
  fingerprint,
  fingerprintId,
  limit,
  minutes,
  rangeOf,
  service,
  until,
} from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

export const getFingerprintSamples = defineTool({
  name: 'get_fingerprint_samples',
  title: 'Raw events of a cluster',
  description: 'Events of one problem with stack, ids and release, newest first. {"fingerprint":"5f914c0f915624f3"}',
  input: z.strictObject({ fingerprint, env, minutes: minutes(120), limit: limit(50), service, until, ...budget }),
  async run({ fingerprint, env, minutes, limit, service, until }, access) {
    const { from, to } = rangeOf(access, minutes, until)
    const services = allowedServices(access, service)
    const problem = await readProblem(access, fingerprint)
    const sql = `
      SELECT timestamp, source, service, environment, release, type, error_type, message, error_stack, deal_id, stage,
         request_id, trace_id, user_id, node_id, run_id
       FROM error_events WHERE fingerprint = $1 AND timestamp > $2 AND timestamp <= $3
         AND is_among(environment, environment_names($4))
         AND is_among(service, $5)
       ORDER BY timestamp DESC LIMIT $6`
    const values = (count: number) => [fingerprintId(fingerprint), from, to, env, services, count]
    const { rows: samples, hasMore } = page(await access.rows(sql, values(limit + 1)), limit)
    access.show(sql, values(limit))
    const stacks = samples
      .slice(0, 1)
      .flatMap(row => (row.error_stack === undefined ? [] : [{ stack: row.error_stack }]))
    return {
      summary: `${counted(samples.length, 'event')} of the problem ${fingerprint}${hasMore ? ', the newest of more' : ''}.`,
      from,
      to,
      sections: [
        { name: 'problem', rows: problem },
        // One stack stands for all: they are the same problem.
        { name: 'stack', rows: stacks },
        {
          name: 'samples',
          rows: samples.map(({ error_stack: _, ...row }) => row),
          hasMore,
          more: 'raise limit, or pass until of the last row',
        },
      ],
      next: samples.flatMap(traceCall).slice(0, 1),
      empty:
        samples.length > 0
          ? undefined
          : problem.length === 0
            ? 'There is no problem with this fingerprint that this caller may see; search_errors finds some by words.'
            : await whyEmpty(access, { env, service, from, to }),
    }
  },
})
