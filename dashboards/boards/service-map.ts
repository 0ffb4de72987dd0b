import { board } from '../board.ts'
import { BAD, ERROR_STEPS, GOOD, NEUTRAL, WATCH } from '../colours.ts'
import { to, toTrace } from '../links.ts'
import { graph } from '../panels/graph.ts'
import { rows } from '../panels/rows.ts'
import { table } from '../query/postgres.ts'
import { CALLS_FROM, ofEnvironment, UNTIL } from '../query/range.ts'
import { environment } from '../variables.ts'

const MINUTES = `(extract(epoch FROM ${UNTIL} - ${CALLS_FROM}) / 60)`
const EDGES = `(SELECT * FROM call_edges(${CALLS_FROM}, ${UNTIL}) WHERE ${ofEnvironment()}) e`
const colour = (failed: string) =>
  `CASE WHEN ${failed} >= 5 THEN '${BAD}' WHEN ${failed} >= 1 THEN '${WATCH}' WHEN ${failed} IS NULL THEN '${NEUTRAL}' ELSE '${GOOD}' END`

const map = graph({
  title: 'Who calls whom',
  description:
    'Services, databases, queues and hosts outside, with the calls between them. The colour is the share of failed calls: blue below 1 %, orange from 1 %, red from 5 %, grey where nothing was counted.',
  width: 24,
  height: 18,
  units: { main: 'cpm', secondary: 'percent' },
  nodes: table(`WITH edge AS (SELECT * FROM ${EDGES}),
      node AS (
        SELECT caller AS id, max(caller_kind) AS kind, NULL::float8 AS calls, NULL::float8 AS errors FROM edge GROUP BY 1
        UNION ALL SELECT callee, max(callee_kind), sum(calls), sum(errors) FROM edge GROUP BY 1)
      SELECT id, id AS title, max(kind) AS subtitle, sum(calls) / ${MINUTES} AS mainstat, 100 * sum(errors) / nullif(sum(calls), 0) AS secondarystat,
        ${colour('100 * sum(errors) / nullif(sum(calls), 0)')} AS color
      FROM node GROUP BY id ORDER BY id`),
  edges:
    table(`SELECT caller || ' ' || callee || CASE WHEN is_async THEN ' message' ELSE '' END AS id, caller AS source, callee AS target,
      sum(calls) / ${MINUTES} AS mainstat, 100 * sum(errors) / nullif(sum(calls), 0) AS secondarystat,
      ${colour('100 * sum(errors) / nullif(sum(calls), 0)')} AS color, max(p95_ms) AS "detail__p95_ms", bool_or(is_async)::text AS detail__message
    FROM ${EDGES} GROUP BY caller, callee, is_async ORDER BY 1`),
})

const calls = rows({
  title: 'Calls',
  description: 'The same as a table, those that fail most first; the trace is an example.',
  unit: 'short',
  width: 24,
  height: 10,
  nothing: 'no calls in this time',
  fields: {
    caller: { links: [to('service', 'What this service does', { service: 'caller' })] },
    callee: { links: [to('service', 'What this service does', { service: 'callee' })] },
    'a minute': { unit: 'cpm' },
    failed: { unit: 'percent', decimals: 2, steps: ERROR_STEPS },
    p50: { unit: 'ms', decimals: 0 },
    p95: { unit: 'ms', decimals: 0 },
    trace: { links: [toTrace()] },
  },
  queries: [
    table(`SELECT environment, caller, callee, callee_kind AS kind, CASE WHEN is_async THEN 'message' ELSE 'call' END AS way,
        calls / ${MINUTES} AS "a minute", 100 * errors / nullif(calls, 0) AS failed, p50_ms AS p50, p95_ms AS p95, trace_id AS trace
      FROM ${EDGES} ORDER BY 7 DESC NULLS LAST, 6 DESC NULLS LAST LIMIT 500`),
  ],
})

export const serviceMap = board({
  board: 'map',
  title: 'Service map',
  description: 'Who calls whom, how often, and how well it goes.',
  variables: [environment],
  lines: [[map], [calls]],
})
