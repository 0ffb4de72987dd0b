import { z } from 'zod'
import type { Ranked } from '../../analysis/problems/rank.ts'
import { PROBLEMS_READ_MAX, readProblems } from '../../store/problems.ts'
import { readSlowOperations } from '../../store/slow-operations.ts'
import { counted, nextCall, type Row } from '../answer.ts'
import { slowRow } from '../slow-rows.ts'
import { allowedServices, budget, defineTool, env, limit, minutes, rangeOf, scopeOf, service, until } from '../tool.ts'
import { earlierRange, whyEmpty } from '../why-empty.ts'

export const errorFingerprintSummary = defineTool({
  name: 'error_fingerprint_summary',
  title: 'What is wrong, the likely cause first',
  description:
    'Distinct problems over logs, spans, app events, nodes and CI: unusual ones first, symptoms of others last, with affected deals, requests, users, releases; and operations that became slower. Start here. {"minutes":60,"limit":10}',
  input: z.strictObject({ env, minutes: minutes(60), limit: limit(10), service, until, ...budget }),
  async run({ env, minutes, limit, service, until }, access) {
    const { from, to } = rangeOf(access, minutes, until)
    const services = allowedServices(access, service)
    const scope = scopeOf(access, env, from, to)
    const problems = await readProblems(access.rows, scope, { services, count: limit })
    const slow = await readSlowOperations(access.rows, scope, services)
    const chosen = problems.slice(0, limit)
    const details = await access.shown('SELECT * FROM error_fingerprint_summary($1, $2, $3, $4, $5, $6)', [
      env,
      minutes,
      chosen.length,
      services,
      to,
      chosen.map(({ fingerprint }) => fingerprint),
    ])
    const rows = chosen.flatMap(problem => {
      const detail = details.find(row => row.fingerprint === problem.fingerprint)
      return detail === undefined ? [] : [clusterRow(problem, detail)]
    })
    const unusual = problems.filter(({ trend }) => trend !== 'steady')
    const [top] = chosen
    const range = { env, minutes, ...(until === undefined ? {} : { until }) }
    const hasCause = top !== undefined && top.trend !== 'steady'
    const toSlow = slow.slice(0, 1).map(one => nextCall('service_health', { service: one.service, ...range }))
    const toProblem =
      top === undefined
        ? []
        : [
            nextCall('explain_failure', { fingerprint: top.fingerprint, ...range }),
            nextCall('what_they_share', { fingerprint: top.fingerprint, ...range }),
          ]
    // Nobody complains of a problem that is as it always was: then what became slow is the likelier reason.
    const slower = {
      name: 'slower',
      rows: slow.slice(0, SLOW_SHOWN).map(slowRow),
      total: slow.length,
      more: 'service_health',
    }
    return {
      summary: `${problems.length < PROBLEMS_READ_MAX ? '' : 'At least '}${counted(problems.length, 'distinct problem')}, ${unusual.length} of them unusual${hasCause ? `; the likely cause is ${top.fingerprint}` : ''}. ${slow.length === 0 ? 'No operation became slower.' : `${counted(slow.length, 'operation')} became slower (section slower).`}`,
      from,
      to,
      sections: [
        ...(hasCause ? [] : [slower]),
        { name: 'clusters', rows, total: problems.length, more: 'raise limit, or narrow service or minutes' },
        ...(hasCause ? [slower] : []),
      ],
      next:
        top === undefined && slow.length === 0
          ? await earlierRange(access, to, { minutes, env }, 'error_fingerprint_summary')
          : hasCause
            ? [...toProblem, ...toSlow]
            : [...toSlow, ...toProblem],
      empty: top !== undefined || slow.length > 0 ? undefined : await whyEmpty(access, { env, service, from, to }),
    }
  },
})

const SAMPLES_SHOWN = 2
const SLOW_SHOWN = 3

const iso = (ms: number) => new Date(ms).toISOString()

/** What decides first: whether it is unusual and since when; samples last. */
function clusterRow(problem: Ranked, detail: Row): Row {
  const {
    fingerprint,
    template,
    services,
    failures,
    records,
    first_seen,
    last_seen,
    sample_deal_ids,
    is_new: _,
    ...rest
  } = detail
  // More are in its samples; here they would cost other problems their place.
  const others = Object.fromEntries(
    Object.entries(rest)
      .filter(([key, value]) => value !== 0 && !(key === 'group_id' && value === fingerprint))
      .map(([key, value]) => [
        key,
        key.startsWith('sample_') && Array.isArray(value) ? value.slice(0, SAMPLES_SHOWN) : value,
      ]),
  ) as Row
  const { trend, symptomOf, onset, end, isOver, unusual, expected } = problem
  return {
    fingerprint: fingerprint!,
    template: template ?? '',
    services: services ?? [],
    trend,
    ...(symptomOf.length === 0 ? {} : { symptom_of: symptomOf }),
    ...(trend === 'steady'
      ? {}
      : {
          onset: iso(onset),
          [isOver ? 'ended' : 'lasts_until']: iso(end),
          unusual,
          ...(trend === 'new' ? {} : { expected: Math.round(expected * 10) / 10 }),
        }),
    failures: failures ?? 0,
    records: records ?? 0,
    first_seen: first_seen!,
    last_seen: last_seen!,
    ...(sample_deal_ids === undefined ? {} : { sample_deal_ids }),
    ...others,
  }
}
