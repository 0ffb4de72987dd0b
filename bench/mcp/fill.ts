import type pg from 'pg'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import { addBlocks } from './blocks.ts'
import { countMinutes, countProblems } from './minutes.ts'

export interface Sizes {
  readonly spans: number
  readonly logs: number
  readonly fingerprints: number
}

export function operationName(n: number): string {
  return `operation ${String(n % OPERATIONS).replace(/\d/g, digit => OPERATION_LETTERS[Number(digit)]!)}`
}

/** A trace of this many spans is among the others. */
export const LARGE_TRACE_ID = 'f'.repeat(32)
export const LARGE_TRACE_SPANS = 2_000
const SERVICES = 20
const SUBJECTS =
  'order card parcel session invoice voucher mailbox cache queue index refund basket price stock label user consent token quote shift'.split(
    ' ',
  )
const VERBS =
  'refused,timed out,lost,unreadable,full,retried,locked,expired,rejected,missing,corrupt,duplicated,throttled,unreachable,cancelled,overdue,mismatched,undeliverable,stale,unsigned,truncated,denied,exhausted,unparsable,orphaned,delayed,dropped,skewed,blocked,reset'.split(
    ',',
  )
const PLACES =
  'gateway ledger replica broker bucket scheduler worker proxy shard node vault relay mirror archive edge router pool journal bridge depot'.split(
    ' ',
  )
const SPANS_PER_TRACE = 10
/** A common multiple of services, operations and kinds: so many kinds of rows there are, in each release. */
const SHAPES = 300
const RELEASES = 4
const OPERATIONS = 50
/** A name with digits is counted without them. */
const OPERATION_LETTERS = 'abcdefghij'

/**
 * A day of a fleet, made by the database itself: ten spans a trace over twenty services, one span in fifty failed with
 * an exception, a log record in fifty an error, each of one of many problems. Times are even over the last 24 hours.
 */
export async function fill(client: pg.Client, { spans, logs, fingerprints }: Sizes): Promise<void> {
  const service = (n: string) => `'service-' || (${n} % ${SERVICES})`
  const operation = (n: string) =>
    `'operation ' || translate((${n} % ${OPERATIONS})::text, '0123456789', '${OPERATION_LETTERS}')`
  const at = (n: string, of: number) => `now() - interval '24 hours' * (1 - ${n}::float8 / ${of})`
  const word = (list: readonly string[], by: number) =>
    `(ARRAY['${list.join("','")}'])[(n / ${by}) % ${list.length} + 1]`
  // Twelve thousand sentences, each with a word of its own behind it.
  const words = [
    word(SUBJECTS, 1),
    word(VERBS, 20),
    word(PLACES, 600),
    `'j' || translate(n::text, '0123456789', 'bcdfghklmn')`,
  ].join(` || ' ' || `)
  const problem = (n: string) => `(hashint8(${n})::bigint & 2147483647) % ${fingerprints} + 1`
  await client.query(`SET synchronous_commit = off`)
  await client.query(
    `INSERT INTO telemetry_resources (resource_id, attributes) VALUES (1, '{}') ON CONFLICT DO NOTHING`,
  )
  await client.query(`
    INSERT INTO span_shapes (shape_id, service, environment, service_version, operation_name, kind, flags, attributes, resource_id,
      scope_id, last_used)
    SELECT n * ${RELEASES} + release, ${service('n')}, 'production', '1.' || release, ${operation('n')},
      CASE n % 3 WHEN 0 THEN 'server' WHEN 1 THEN 'client' ELSE 'internal' END, 0,
      '{"http.route":"/orders/{id}","http.request.method":"GET"}', 1, 1, now()
    FROM generate_series(0, ${SHAPES - 1}) n, generate_series(0, ${RELEASES - 1}) release`)
  await client.query(`
    INSERT INTO spans (timestamp, trace_id, span_id, parent_span_id, start_nanos, duration_ms, shape_id, status, request_id, events,
      fingerprint)
    SELECT t, decode(md5((n / ${SPANS_PER_TRACE})::text), 'hex'), int8send(n),
      CASE WHEN n % ${SPANS_PER_TRACE} <> 0 THEN int8send(n - 1) END, 0, 5 + n % 400,
      n % ${SHAPES} * ${RELEASES} + n * ${RELEASES} / ${spans}, CASE WHEN n % 50 = 0 THEN 'error' ELSE 'unset' END,
      'req-' || n / ${SPANS_PER_TRACE},
      CASE WHEN n % 50 = 0 THEN '[{"name":"exception","attributes":{"exception.type":"TimeoutError","exception.message":"no answer"}}]'::jsonb END,
      CASE WHEN n % 50 = 0 THEN ${problem('n')} END
    FROM generate_series(0::bigint, ${spans - 1}) n CROSS JOIN LATERAL (SELECT ${at('n', spans)} AS t) q`)
  await client.query(`
    INSERT INTO trace_spans (timestamp, trace_id, span_id, parent_span_id, start_time_unix_nano, end_time_unix_nano, duration_ms,
      service, environment, operation_name, kind, status, attributes, resource_id, scope_id)
    SELECT now() - interval '10 minutes', '${LARGE_TRACE_ID}', lpad(to_hex(n + 1), 16, 'a'), CASE WHEN n = 0 THEN NULL ELSE lpad(to_hex(n / 3 + 1), 16, 'a') END,
      (extract(epoch FROM now()) * 1e9)::bigint + n * 1000, (extract(epoch FROM now()) * 1e9)::bigint + n * 1000 + 900000, 0.9, ${service('n')},
      'production', ${operation('n')}, 'internal', CASE WHEN n = 1500 THEN 'error' ELSE 'unset' END, '{}', 1, 1
    FROM generate_series(0, ${LARGE_TRACE_SPANS - 1}) n`)
  await countMinutes(client)
  await client.query(`
    INSERT INTO log_shapes (shape_id, service, environment, service_version, severity_number, flags, is_observed_at_once, context,
      resource_id, scope_id, last_used)
    SELECT n * ${RELEASES} + release, ${service('n')}, 'production', '1.' || release, CASE WHEN n % 50 = 0 THEN 17 ELSE 9 END, 0, false,
      '{"worker":"w"}', 1, 1, now()
    FROM generate_series(0, ${SHAPES - 1}) n, generate_series(0, ${RELEASES - 1}) release`)
  await client.query(`
    INSERT INTO logs (timestamp, nanos, shape_id, level, message, request_id, trace_id, span_id, fingerprint)
    SELECT t, 0, n % ${SHAPES} * ${RELEASES} + n * ${RELEASES} / ${logs}, CASE WHEN n % 50 = 0 THEN 'error' ELSE 'info' END,
      'order ' || n || ' was handled by worker ' || n % 97, 'req-' || n / ${SPANS_PER_TRACE},
      decode(md5((n / ${SPANS_PER_TRACE})::text), 'hex'), int8send(n), ${problem('n')}
    FROM generate_series(0::bigint, ${logs - 1}) n CROSS JOIN LATERAL (SELECT ${at('n', logs)} AS t) q`)
  await client.query(`
    INSERT INTO buddy_observer_events (created_at, product, env, severity, type, deal_id, stage, message, fingerprint, request_id, release,
      attributes, resource_id, scope_id)
    SELECT ${at('n', 100_000)}, 'buddy', 'prod', CASE WHEN n % 10 = 0 THEN 'error' ELSE 'info' END, 'deal.step', 'deal-' || n / 10, 'ocr',
      'deal ' || n / 10 || ' step ' || n % 10, ${problem('n')}, 'req-' || n * 5, '1.0', '{}', 1, 1
    FROM generate_series(0::bigint, 99999) n`)
  await client.query(`
    INSERT INTO fingerprint_sightings
    SELECT n, 'error', 1, ${words}, ${words} || ' of job ' || n, 17,
      ${service('n')}, 'production', '1.' || n % 4, 100, ${at('n', fingerprints)}, now()
    FROM generate_series(1::bigint, ${fingerprints}) n`)
  while ((await foldSightings(client)).sightings > 0);
  await countProblems(client)
  await client.query(`
    INSERT INTO test_runs (timestamp, run_id, repository, branch, commit_sha, source, attempt, total_tests, passed_tests, failed_tests,
      skipped_tests, duration_ms, environment, attributes, resource_id, scope_id)
    SELECT ${at('n', 10_000)}, 'run-' || n, 'acme/shop', 'main', 'c' || lpad(to_hex(n / 2), 39, '0'), CASE n % 2 WHEN 0 THEN 'local' ELSE 'ci' END,
      1, 100, 99, 1, 0, 5000, 'ci', '{}', 1, 1
    FROM generate_series(0::bigint, 9999) n`)
  await client.query('VACUUM (ANALYZE, SKIP_LOCKED)')
  // Whoever analysed a partition at that moment had it passed over, and without it times lead to no pages.
  await client.query('VACUUM (ANALYZE) spans, logs')
  await addBlocks(client, spans)
  await client.query('VACUUM (ANALYZE, SKIP_LOCKED) log_blocks, span_blocks')
}
