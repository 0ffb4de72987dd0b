import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import type pg from 'pg'
import { reports } from '../../receivers/reflexes/reports.ts'
import { connect } from '../../store/connect.ts'
import { reportRound } from '../../store/reports/round.ts'
import { openFilledStore, quantile, STORE_OPTIONS } from '../mcp/filled.ts'

/**
 * How long after a debug event its report is stored, on a large store.
 *
 *   npm run bench:reports -- [--spans 5000000] [--logs 5000000] [--triggers 100] [--data DIR] [--json]
 *
 * Events of high priority, two minutes apart at the end of what is stored, each of another service or with another code.
 * A round of the receiver is run as of a moment after each: whoever waits has waited for that round's turn before, at
 * most `interval_ms`, which is added. What is stored is read again and has to name a window with spans.
 */
const P95_MAX_MS = 5_000
const APART_MS = 120_000

const { values } = parseArgs({ options: { ...STORE_OPTIONS, triggers: { type: 'string', default: '100' } } })
const triggers = Number(values.triggers)
const store = await openFilledStore(values)
const settings = reports.config.parse({})
const options = {
  receiver: 'reports',
  windowMs: settings.window_minutes * 60_000,
  usualMs: settings.usual_minutes * 60_000,
  againMs: settings.again_minutes * 60_000,
}
// Rounds of an earlier run ended at the same time, and marks only go forward.
await store.owner.query(`DELETE FROM jobs WHERE job = 'reports'`)
const run = randomUUID().slice(0, 8)
const client = await connect(store.bench.store.connection('owner'))
// 50,000 problems are new on this day, and each would have a report of its own: for this session they are old ones.
await client.query(`CREATE TEMP VIEW fingerprint_services AS
  SELECT fingerprint, service, environment, records, first_seen - interval '30 days' AS first_seen, last_seen, first_release
  FROM public.fingerprint_services`)
const times: number[] = []
let silent = 0
let unexplained = 0
for (let n = 0; n < triggers; n++) {
  const at = new Date(+store.until - (triggers - n) * APART_MS)
  await notice(client, n, at)
  const from = performance.now()
  const written = await reportRound(client, options, +at + 500)
  times.push(performance.now() - from)
  const { rows } = await client.query<{ notes: string; hypotheses: number }>(
    `SELECT r.notes::text, (SELECT count(*)::int FROM hypotheses h WHERE h.report_id = r.id) AS hypotheses
     FROM application_logs l JOIN report_triggers t ON t.trigger_id = 'debug/' || l.log_id JOIN reports r ON r.id = t.report_id
     WHERE l.timestamp = $1 AND l.message = $2`,
    [at, message(n)],
  )
  if (written !== 1 || rows.length !== 1)
    throw new Error(`event ${n}: ${written} reports written, ${rows.length} stored`)
  if (/could not be read|not enough evidence/.test(rows[0]!.notes)) silent += 1
  if (rows[0]!.hypotheses === 0) unexplained += 1
}
await client.end()
await store.close()

const result = {
  ...{ ...store.sizes, triggers, first_ms: Math.round(times[0]!), p50_ms: quantile(times, 0.5) },
  ...{ p95_ms: quantile(times, 0.95), interval_ms: settings.interval_ms },
  ...{ stored_after_p95_ms: quantile(times, 0.95) + settings.interval_ms, without_evidence: silent, unexplained },
}
console.log(
  values.json
    ? JSON.stringify(result)
    : Object.entries(result)
        .map(entry => entry.join(' '))
        .join('\n'),
)
if (result.stored_after_p95_ms > P95_MAX_MS || silent > 0) process.exitCode = 1

function message(n: number): string {
  return `SESSION_DROP: ${run}-${n}`
}

/** As the receiver `debug_queue` and the exporter store one. */
async function notice(client: pg.ClientBase, n: number, at: Date): Promise<void> {
  await client.query(
    `INSERT INTO application_logs (timestamp, observed_timestamp, time_unix_nano, service, environment, level, severity_number, message, event_name,
       context, resource_id, scope_id)
     VALUES ($1, $1, 0, $2, 'production', 'error', 17, $4, 'debug.session_drop', $3, 1, 1)`,
    [
      at,
      `service-${n % 20}`,
      JSON.stringify({
        ...{ 'debug.priority': 'high', 'debug.error_code': `${run}-${n}`, 'debug.correlation_id': `txn-${run}-${n}` },
      }),
      message(n),
    ],
  )
}
