import { z } from 'zod'
import { contrastProblem } from '../../store/contrast/index.ts'
import { counted, type Row, traceCall } from '../answer.ts'
import { olderRows } from '../paging.ts'
import { readProblem } from '../problem.ts'
import { sharedSection } from '../shared-rows.ts'
import { stackDigest } from '../stack-digest.ts'
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
  scopeOf,
  service,
  skip,
  until,
} from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

/** Events that are read to find those that differ. */
const READ_MAX = 1_000
const SHARED_SHOWN = 3

export const getFingerprintSamples = defineTool({
  name: 'get_fingerprint_samples',
  title: 'Raw events of a cluster',
  description:
    'Events of one problem that differ, with how many are alike; its stack with every cause; what its failures share. {"fingerprint":"5f914c0f915624f3"}',
  input: z.strictObject({ fingerprint, env, minutes: minutes(120), limit: limit(10), service, until, skip, ...budget }),
  async run({ fingerprint, env, minutes, limit, service, until, skip }, access) {
    const { from, to, until: exactly } = rangeOf(access, minutes, until)
    const services = allowedServices(access, service)
    const problem = await readProblem(access, fingerprint)
    const values = [fingerprintId(fingerprint), from, exactly, env, services]
    const [counts] = await access.shown(COUNTS, [[fingerprint.toLowerCase()], ...values.slice(1)])
    const read = await access.shown(EVENTS, [...values, READ_MAX, skip])
    const stack = read.find(row => row.error_stack !== undefined)?.error_stack
    const samples = distinct(read)
    const contrasted =
      read.length === 0
        ? undefined
        : await contrastProblem(access.rows, scopeOf(access, env, from, to), fingerprint.toLowerCase())
    const isPart = Number(counts?.records ?? 0) > skip + read.length
    return {
      summary: `${counted(Number(counts?.records ?? 0), 'record')} of ${counted(Number(counts?.failures ?? 0), 'failure')} of the problem ${fingerprint} in the range, ${counted(samples.length, 'kind')} of them${isPart ? ` among the newest ${read.length}` : ''}.`,
      from,
      to,
      sections: [
        { name: 'problem', rows: problem },
        sharedSection(contrasted?.found, SHARED_SHOWN),
        // One stack stands for all: they are the same problem.
        { name: 'stack', rows: stack === undefined ? [] : [{ stack: stackDigest(String(stack)) }] },
        {
          name: 'samples',
          rows: samples.slice(0, limit),
          total: samples.length,
          hasMore: isPart,
          more: isPart ? olderRows(exactly, skip)(read) : 'raise limit',
        },
      ],
      next: samples.flatMap(traceCall).slice(0, 1),
      empty:
        read.length > 0
          ? undefined
          : problem.length === 0
            ? 'There is no problem with this fingerprint that this caller may see; search_errors finds some by words.'
            : await whyEmpty(access, { env, service, from, to }),
    }
  },
})

const MINE = `fingerprint = $1 AND timestamp > $2 AND timestamp <= $3 AND is_among(environment, environment_names($4)) AND is_among(service, $5)`

const COUNTS = 'SELECT * FROM problem_counts($1, $2, $3, $4, $5)'

const EVENTS = `
  SELECT timestamp, source, service, environment, release, type, error_type, message, nullif(error_message, message) AS error_message, deal_id, stage, request_id, trace_id, user_id,
    node_id, run_id, CASE WHEN row_number() OVER (ORDER BY timestamp DESC) <= 20 THEN error_stack END AS error_stack
  FROM error_events WHERE ${MINE} ORDER BY timestamp DESC, source, service, trace_id, message LIMIT $6 OFFSET $7`

/** The newest of those that differ in more than ids and numbers; `alike` is how many it stands for. */
function distinct(events: readonly Row[]): Row[] {
  const byForm = new Map<string, Row & { alike: number }>()
  for (const { error_stack: _, ...event } of events) {
    const { source, service, release, type, error_type, message, stage } = event
    const form = JSON.stringify([source, service, release, type, error_type, formOf(String(message)), stage])
    const known = byForm.get(form)
    if (known === undefined) byForm.set(form, { ...event, alike: 1 })
    else known.alike += 1
  }
  return [...byForm.values()]
}

/** A message without the words that have a digit in them. */
function formOf(message: string): string {
  return message.replaceAll(/[\w-]*\d[\w.,:-]*/g, '#')
}
