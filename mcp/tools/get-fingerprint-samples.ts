import { z } from 'zod'
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
    const id = fingerprintId(fingerprint)
    const problem = await access.rows(
      `SELECT f.template, f.kind, f.status, lpad(to_hex(f.group_id), 16, '0') AS group_id, f.records::float8 AS records,
         f.first_seen, f.last_seen, f.first_release,
         (SELECT array_agg(DISTINCT service) FROM fingerprint_services s WHERE s.fingerprint = f.fingerprint) AS services
       FROM fingerprints f WHERE f.fingerprint = $1 AND ($2::text[] IS NULL OR EXISTS (
         SELECT FROM fingerprint_services s WHERE s.fingerprint = f.fingerprint AND s.service = ANY ($2)))`,
      [id, services],
    )
    const samples = await access.shown(
      `SELECT timestamp, source, service, environment, release, type, error_type, message, error_stack, deal_id, stage,
         request_id, trace_id, user_id, node_id, run_id
       FROM error_events WHERE fingerprint = $1 AND timestamp > $2 AND timestamp <= $3
         AND (environment_names($4) IS NULL OR environment = ANY (environment_names($4)))
         AND ($5::text[] IS NULL OR service = ANY ($5))
       ORDER BY timestamp DESC LIMIT $6`,
      [id, from, to, env, services, limit],
    )
    const first = samples.find(row => row.trace_id !== undefined)
    const stacks =
      samples.length > 0 ? [{ stack: samples[0]!.error_stack ?? '' }].filter(({ stack }) => stack !== '') : []
    return {
      summary: `${samples.length} events of the problem ${fingerprint}.`,
      from,
      to,
      sections: [
        { name: 'problem', rows: problem },
        // One stack stands for all: they are the same problem.
        { name: 'stack', rows: stacks },
        { name: 'samples', rows: samples.map(({ error_stack: _, ...row }) => row), more: 'raise limit or minutes' },
      ],
      next: first === undefined ? [] : [`trace_request {"trace_id":"${first.trace_id}"}`],
      empty:
        samples.length > 0
          ? undefined
          : problem.length === 0
            ? 'There is no problem with this fingerprint that this caller may see; search_errors finds some by words.'
            : await whyEmpty(access, { env, service, from }),
    }
  },
})
