import { z } from 'zod'
import type { LevelChange } from '../../analysis/change/slower.ts'
import { type KnownChange, readKnownChanges } from '../../store/changes.ts'
import { readMomentsOfAll } from '../../store/operation-moments.ts'
import type { Access } from '../access.ts'
import { counted, nextCall, page, type Row } from '../answer.ts'
import { changeRow } from '../changes.ts'
import { ToolRefusal } from '../refusal.ts'
import { becameOf, rounded } from '../slow-rows.ts'
import { allowedServices, budget, defineTool, env, minutes, rangeOf, scopeOf, service, until } from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

/** Without a change in the range, it is compared with a time before it that is so many times as long. */
const BASELINE_FACTOR = 4
/** A change leaves so much of the range before it, else the time before the range is read as well. */
const BEFORE_SHARE_MIN = 0.1
/** Of errors, operations and gauges. */
const SHOWN = 8
/** Operations whose moments of change are looked for: those that changed most. */
const TIMED_OPERATIONS = 4
/** Data that ends so long before the range has ended, and came more often than that. */
const SILENT_SHARE = 0.05

export const serviceHealth = defineTool({
  name: 'service_health',
  title: 'A service before and after its last change',
  description:
    'Each operation of a service before and after its last release: rate, errors, p50/p95/p99, the moment of change, a short series; errors and saturation. {"service":"checkout"}',
  input: z.strictObject({ service, env, minutes: minutes(60), until, ...budget }),
  check({ service }) {
    if (service === undefined) throw new ToolRefusal('name one service, such as {"service":"checkout"}')
  },
  async run({ service = '', env, minutes, until }, access) {
    allowedServices(access, service)
    const range = rangeOf(access, minutes, until)
    const { to } = range
    const changes = await readKnownChanges(access.rows, range.from, to, [service])
    const [last] = changes
    const { from, at } = splitOf(range, last, minutes)
    const operations = await access.shown('SELECT * FROM operation_health($1, $2, $3, $4, $5)', [
      service,
      env,
      from,
      at,
      to,
    ])
    const errors = await access.shown(ERRORS, [service, env, at, to])
    const saturation = await access.shown('SELECT * FROM service_saturation($1, $2, $3, $4, $5) LIMIT 9', [
      service,
      env,
      from,
      at,
      to,
    ])
    const isEmpty = operations.length === 0 && errors.length === 0 && saturation.length === 0
    const moments = await momentRows(access, { service, env, from, to }, operations, changes)
    const requests = operations.reduce((sum, row) => sum + Number(row.requests), 0)
    const failed = operations.reduce((sum, row) => sum + Number(row.errors), 0)
    return {
      summary: isEmpty
        ? 'Nothing of this service.'
        : `${counted(requests, 'request')} since ${at.toISOString()}, ${failed} of them failed; each operation is compared with the time before ${last === undefined ? 'the range' : 'its last change'}.${compareNote(operations)}${trendOf(moments)}${endNote(operations, from, to)}`,
      from,
      to,
      sections: [
        { name: 'operations', ...page(operations.map(operationRow), SHOWN), more: 'query_sql' },
        { name: 'moments', rows: moments },
        { name: 'changes', rows: changes.slice(0, SHOWN).map(changeRow), total: changes.length, more: 'what_changed' },
        { name: 'errors', ...page(errors, SHOWN), more: 'error_fingerprint_summary' },
        { name: 'saturation', ...page(saturation, SHOWN), more: 'query_sql' },
      ],
      next: isEmpty ? [] : nextOf(moments, { service, env, minutes, until }),
      empty: isEmpty ? await whyEmpty(access, { env, service, from, to }) : undefined,
    }
  },
})

/** Before and after the last change of the range; without one, the range against the time right before it. */
function splitOf(
  { from, to }: { from: Date; to: Date },
  last: KnownChange | undefined,
  minutes: number,
): { from: Date; at: Date } {
  const earlier = new Date(+from - minutes * BASELINE_FACTOR * 60_000)
  if (last === undefined) return { from: earlier, at: from }
  const isEarly = last.at - +from < BEFORE_SHARE_MIN * (+to - +from)
  return { from: isEarly ? earlier : from, at: new Date(last.at) }
}

interface Asked {
  readonly service: string
  readonly env: string
  readonly from: Date
  readonly to: Date
}

async function momentRows(
  access: Access,
  { service, env, from, to }: Asked,
  operations: readonly Row[],
  changes: readonly KnownChange[],
): Promise<Row[]> {
  const timed = operations.slice(0, TIMED_OPERATIONS).map(({ operation }) => String(operation))
  const moments = await readMomentsOfAll(access.rows, scopeOf(access, env, from, to), service, timed)
  return timed.flatMap(name => (moments.get(name) ?? []).map(moment => momentRow(name, moment, changes)))
}

function momentRow(
  operation: string,
  { at, toleranceMs, level, before, after }: LevelChange,
  changes: readonly KnownChange[],
): Row {
  const change = changes.find(one => Math.abs(one.at - at) <= toleranceMs)
  return {
    operation,
    at: new Date(at).toISOString(),
    [`${level}_ms_before`]: rounded(before),
    [`${level}_ms`]: rounded(after),
    became: becameOf(before, after),
    ...(change === undefined ? {} : { with: change.release ?? change.what }),
  }
}

function compareNote(operations: readonly Row[]): string {
  return operations.some(row => Number(row.requests_before) > 0) ? '' : ' There is nothing before it to compare with.'
}

/** Of the last moment of each operation: whether it is over. */
function trendOf(moments: readonly Row[]): string {
  const lasts = [...new Map(moments.map(row => [row.operation, row])).values()]
  const slow = lasts.filter(isRise).length
  if (lasts.length === 0) return ' No operation changed its speed.'
  return slow === 0 ? ' What was slow is fast again.' : ` ${counted(slow, 'operation')} became slower and is so still.`
}

function isRise(row: Row): boolean {
  return String(row.became).endsWith('slow')
}

/** Of what became slow last: the slow requests against the others, or those since against those before. */
function nextOf(
  moments: readonly Row[],
  { service, env, minutes, until }: { service: string; env: string; minutes: number; until: string | undefined },
): string[] {
  const range = { env, minutes, ...(until === undefined ? {} : { until }) }
  const worst = moments.filter(isRise).toSorted((a, b) => (String(a.at) < String(b.at) ? 1 : -1))[0]
  const over = moments.find(row => row.operation === worst?.operation && String(row.at) > String(worst?.at))
  const slow =
    worst === undefined
      ? []
      : [
          nextCall('what_they_share', {
            service,
            operation: worst.operation,
            ...(worst.p50_ms === undefined ? {} : { at: worst.at }),
            ...range,
            ...(over === undefined ? {} : { until: over.at }),
          }),
          nextCall('what_changed', { at: worst.at, minutes: Math.min(minutes, 60), service }),
        ]
  return [...slow, nextCall('error_fingerprint_summary', { service, ...range })]
}

function endNote(operations: readonly Row[], from: Date, to: Date): string {
  const last = operations.reduce((most, row) => (String(row.last_seen) > most ? String(row.last_seen) : most), '')
  if (last === '' || +to - Date.parse(last) < SILENT_SHARE * (+to - +from)) return ''
  return ` Its own requests end at ${last}.`
}

/** Before beside after, and what is the same for all left out. */
function operationRow({ first_seen: _, last_seen: __, ...row }: Row): Row {
  return row
}

const ERRORS = `
  SELECT lpad(to_hex(r.fingerprint), 16, '0') AS fingerprint, count(DISTINCT r.failure)::int AS failures, count(*)::int AS records,
    max(r.timestamp) AS last_seen, max(f.template) AS template
  FROM failure_records r LEFT JOIN fingerprints f USING (fingerprint)
  WHERE r.service = $1 AND is_among(r.environment, environment_names($2)) AND r.timestamp > $3 AND r.timestamp <= $4
  GROUP BY 1 ORDER BY 2 DESC LIMIT ${SHOWN + 1}`
