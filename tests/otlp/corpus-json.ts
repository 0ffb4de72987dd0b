import { utf8 } from './bytes.ts'
import type { CorpusCase } from './corpus-case.ts'

const JSON_TYPE = 'application/json'
const SPAN = { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174', name: 'good' }
const LOG = { timeUnixNano: '1767225600000000000', body: { stringValue: 'good' } }

function refused(name: string, text: string): CorpusCase {
  return { name, signal: 'logs', contentType: JSON_TYPE, status: 400, stored: 0, rejected: 0, body: utf8(text) }
}

/** One span among two good ones. */
function span(name: string, isTaken: boolean, content: unknown): CorpusCase {
  const spans = [SPAN, content, SPAN]
  const body = utf8(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }))
  return { name, signal: 'traces', contentType: JSON_TYPE, status: 200, ...counts(isTaken), body }
}

/** The text of one log record among two good ones. */
function log(name: string, isTaken: boolean, content: string): CorpusCase {
  const good = JSON.stringify(LOG)
  const body = utf8(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${good},${content},${good}]}]}]}`)
  return { name, signal: 'logs', contentType: JSON_TYPE, status: 200, ...counts(isTaken), body }
}

function counts(isTaken: boolean): { readonly stored: number; readonly rejected: number } {
  return isTaken ? { stored: 3, rejected: 0 } : { stored: 2, rejected: 1 }
}

const DEEP = `${'{"arrayValue":{"values":['.repeat(100)}${']}}'.repeat(100)}`

export const JSON_CORPUS: readonly CorpusCase[] = [
  refused('empty-body-as-json', ''),
  refused('protobuf-sent-as-json', '\n\u0004\u0012\u0002\u0012\0'),
  refused('json-cut-off', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x'),
  refused('json-with-a-trailing-comma', '{"resourceLogs":[],}'),
  refused('json-list', '[]'),
  refused('json-null', 'null'),
  refused('json-of-another-shape', '{"resourceLogs":{"scopeLogs":[]}}'),
  refused('json-5000-brackets', '['.repeat(5_000)),
  span('json-span-without-ids', false, { name: 'bad' }),
  span('json-span-with-ids-in-base64', false, { ...SPAN, traceId: 'W47/95gDgQPSabYzgT/GDA==' }),
  span('json-span-with-a-number-as-name', false, { ...SPAN, name: 5 }),
  span('json-span-with-an-unknown-kind', false, { ...SPAN, kind: 'SERVER' }),
  span('json-span-with-an-end-past-2262', false, { ...SPAN, endTimeUnixNano: '9223372036854775808' }),
  span('json-span-of-the-proto-file', true, {
    trace_id: SPAN.traceId,
    span_id: SPAN.spanId,
    kind: 'SPAN_KIND_SERVER',
  }),
  span('json-span-with-unknown-fields', true, { ...SPAN, other: { a: [1] }, ID: 7 }),
  log('json-log-that-is-null', false, 'null'),
  log('json-log-with-a-body-100-deep', false, `{"body":${DEEP}}`),
  log('json-log-with-two-bodies-in-one', false, '{"body":{"stringValue":"a","intValue":"1"}}'),
  log('json-log-with-an-infinite-number', false, '{"body":{"doubleValue":1e999}}'),
  log(
    'json-log-with-integers-as-numbers',
    true,
    '{"timeUnixNano":1767225600000000001,"body":{"intValue":-9223372036854775808}}',
  ),
  log('json-log-with-nul', true, '{"severityText":"\\u0000","body":{"stringValue":"a\\u0000b"}}'),
  log('json-log-with-half-a-character', true, '{"body":{"stringValue":"a\\ud800"}}'),
  log('json-log-with-null-fields', true, '{"body":null,"attributes":null,"traceId":null,"flags":null}'),
]
