import type { RecordKind } from '../../analysis/record-query/fields.ts'
import type { Read } from '../reading.ts'
import { columnsOf, SOURCES } from './sources.ts'

/** Where a record is: its kind, its time to the microsecond, and what tells it from others of that time. */
export interface RecordRef {
  readonly kind: RecordKind
  readonly timestamp: string
  readonly ref: string
}

/** A record with all that was sent, and what sent it; undefined where it is not there or may not be seen. */
export async function readRecord(
  read: Read,
  { kind, timestamp, ref }: RecordRef,
  visible: readonly string[] | null,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const source = SOURCES[kind]
  const columns = columnsOf(source).replace(/left\((.+?), \d+\) AS message/s, 'left($1, 100000) AS message')
  const [row] = await read(
    `SELECT ${columns}, ${source.attributes} AS attributes, ${EXTRA[kind]} AS more, s.attributes AS resource
     FROM ${source.table} r LEFT JOIN telemetry_resources s USING (resource_id)
     WHERE ${source.time} = $1::timestamptz AND ${source.ref} = $2 AND is_among(${source.service}, $3::text[]) LIMIT 1`,
    [timestamp, ref, visible],
  )
  return row
}

const EXTRA: Readonly<Record<RecordKind, string>> = {
  log: `jsonb_build_object('body', r.body, 'error_stack', left(r.error_stack, 100000), 'error_message', left(r.error_message, 100000), 'logger', r.logger_name, 'host', r.hostname, 'severity', r.severity_text)`,
  span: `jsonb_build_object('span_kind', r.kind, 'status', r.status, 'status_message', left(r.status_message, 100000), 'events', r.events, 'links', r.links, 'trace_state', r.trace_state)`,
  event: `jsonb_build_object('stage', r.stage, 'context', r.context, 'error', r.error, 'error_stack', left(r.error_stack, 100000))`,
  node: `jsonb_build_object('resolved', r.resolved, 'error_stack', left(r.error_stack, 100000))`,
  test: `jsonb_build_object('run_id', r.run_id, 'branch', r.branch, 'commit', r.commit_sha, 'test_file', r.test_file, 'suite', r.suite_name, 'outcome', r.outcome, 'attempt', r.attempt, 'error_stack', left(r.error_stack, 100000))`,
}
