import type { Signal } from '../../pipeline/model/index.ts'
import { field, hex, nested, requestOf, utf8, varint } from './bytes.ts'
import type { CorpusCase } from './corpus-case.ts'
import { JSON_CORPUS } from './corpus-json.ts'

const PROTOBUF = 'application/x-protobuf'
const IDS = hex('0a 10 5b8efff798038103d269b633813fc60c', '12 08 eee19b7ec3c1b174')
const TIME = hex('39 00 00 9a 9b 8a 7a 80 18 41 00 00 9a 9b 8a 7a 80 18')
const SPAN = field(2, IDS, TIME, field(5, utf8('good')))
const LOG = field(2, hex('09 00 00 9a 9b 8a 7a 80 18'), field(5, field(1, utf8('good'))))
const POINT = field(1, hex('19 00 00 9a 9b 8a 7a 80 18 31 01 00 00 00 00 00 00 00'))
const METRIC = field(2, field(1, utf8('good')), field(5, POINT))
/** An AnyValue's content with 100 lists in each other. */
const DEEP = nested(200, [1, 5], field(1, utf8('x')))

function refused(name: string, signal: Signal, body: Buffer): CorpusCase {
  return { name, signal, contentType: PROTOBUF, status: 400, stored: 0, rejected: 0, body }
}

function taken(name: string, signal: Signal, stored: number, rejected: number, body: Buffer): CorpusCase {
  return { name, signal, contentType: PROTOBUF, status: 200, stored, rejected, body }
}

/** One span at fault between two good ones. */
function badSpan(name: string, ...content: Buffer[]): CorpusCase {
  return taken(name, 'traces', 2, 1, requestOf(SPAN, field(2, ...content), SPAN))
}

function badLog(name: string, ...content: Buffer[]): CorpusCase {
  return taken(name, 'logs', 2, 1, requestOf(LOG, field(2, ...content), LOG))
}

/** The points of one metric between two good ones. */
function badMetric(name: string, stored: number, rejected: number, ...content: Buffer[]): CorpusCase {
  return taken(name, 'metrics', stored + 2, rejected, requestOf(METRIC, field(2, ...content), METRIC))
}

const FRAMING: readonly CorpusCase[] = [
  refused('random-bytes', 'traces', hex('9f3c07e1b2d84455aa0136fe2c90d7718b')),
  refused('json-sent-as-protobuf', 'traces', utf8('{"resourceSpans":[]}')),
  refused('cut-off', 'traces', requestOf(SPAN, SPAN).subarray(0, -5)),
  refused('length-past-the-end', 'logs', hex('0a 7f 12 00')),
  refused('length-of-4-gib', 'logs', hex('0a ff ff ff ff 0f 12 00')),
  refused('varint-without-end', 'metrics', hex('0a ff ff ff ff ff ff ff ff ff ff ff')),
  refused('wire-type-7', 'logs', Buffer.concat([requestOf(LOG), hex('0f')])),
  refused('field-number-0', 'logs', Buffer.concat([requestOf(LOG), hex('02 00')])),
  refused('end-of-no-group', 'logs', hex('0c')),
  refused('groups-without-end', 'logs', Buffer.alloc(5000, 0x0b)),
  refused('records-as-a-number', 'logs', field(1, field(2, LOG, hex('10 01')))),
  refused('7000-empty-records-in-14-kb', 'logs', requestOf(Buffer.from('1200'.repeat(7000), 'hex'))),
  taken('empty-body', 'traces', 0, 0, Buffer.alloc(0)),
  taken('unknown-fields-everywhere', 'logs', 1, 0, unknownEverywhere()),
]

function unknownEverywhere(): Buffer {
  const unknown = hex('a0 06 96 01 a1 06 0102030405060708 a2 06 02 ffff a5 06 01020304 a3 06 08 01 a4 06')
  const log = field(2, unknown, field(5, field(1, utf8('good')), unknown), unknown)
  return Buffer.concat([unknown, field(1, unknown, field(2, unknown, log, unknown), unknown), unknown])
}

const RECORDS: readonly CorpusCase[] = [
  badSpan('span-without-ids', field(5, utf8('bad'))),
  badSpan('span-with-an-id-of-zeroes', hex('0a 10', '00'.repeat(16), '12 08 eee19b7ec3c1b174')),
  badSpan('span-with-a-trace-id-of-15-bytes', hex('0a 0f', '01'.repeat(15), '12 08 eee19b7ec3c1b174')),
  badSpan('span-with-a-start-past-2262', IDS, hex('39 ffffffffffffffff')),
  badSpan('span-with-a-name-past-its-end', IDS, hex('2a 7f 78')),
  badSpan('span-with-a-name-as-a-number', IDS, hex('28 01')),
  badSpan('span-with-attributes-100-deep', IDS, field(9, field(1, utf8('k')), field(2, DEEP))),
  badLog('log-with-a-body-100-deep', field(5, DEEP)),
  badLog('log-with-a-body-1000-deep', field(5, nested(2_000, [1, 5], field(1, utf8('x'))))),
  badLog('log-with-a-body-past-its-end', hex('2a 04 0a 05 68 69')),
  badMetric('histogram-with-a-count-past-int64', 0, 1, field(9, field(1, hex('21 ffffffffffffffff')))),
  badMetric(
    'histogram-with-packed-buckets-of-7-bytes',
    1,
    1,
    field(9, field(1), field(1, hex('32 07 00000000000000'))),
  ),
  badMetric('metric-of-two-kinds', 0, 2, field(5, POINT), field(7, POINT)),
  badMetric('metric-with-points-past-its-end', 0, 1, field(5, hex('0a 7f'))),
  taken(
    'resource-with-attributes-100-deep',
    'logs',
    1,
    2,
    Buffer.concat([field(1, field(1, field(1, field(2, DEEP))), field(2, LOG, LOG)), requestOf(LOG)]),
  ),
  taken(
    'texts-that-are-not-utf-8',
    'logs',
    1,
    0,
    requestOf(field(2, field(3, hex('41 ff c3 28')), field(5, field(1, hex('ed a0 80'))))),
  ),
  taken(
    'texts-with-nul',
    'logs',
    1,
    0,
    requestOf(
      field(
        2,
        field(3, utf8('a\0b')),
        field(5, field(1, utf8('\0'))),
        field(6, field(1, utf8('k\0')), field(2, field(1, utf8('\0v')))),
      ),
    ),
  ),
  taken('log-with-ids-of-the-wrong-length', 'logs', 1, 0, requestOf(field(2, hex('4a 02 0102 52 03 010203')))),
  taken(
    'a-key-100-times',
    'logs',
    1,
    0,
    requestOf(field(2, ...Array<Buffer>(100).fill(field(6, field(1, utf8('k')))))),
  ),
  taken(
    'numbers-at-their-limits',
    'metrics',
    1,
    0,
    requestOf(field(2, field(5, field(1, hex('19 ffffffffffffff7f 31 0000000000000080 40'), varint(0xffff_ffff))))),
  ),
  taken(
    'nan-and-infinity',
    'metrics',
    2,
    0,
    requestOf(field(2, field(5, field(1, hex('21 000000000000f87f')), field(1, hex('21 000000000000f0ff'))))),
  ),
]

const TRANSPORT: readonly CorpusCase[] = [
  {
    name: 'content-type-of-a-page',
    signal: 'logs',
    contentType: 'text/html',
    status: 415,
    stored: 0,
    rejected: 0,
    body: requestOf(LOG),
  },
  { name: 'no-content-type', signal: 'logs', status: 415, stored: 0, rejected: 0, body: requestOf(LOG) },
  { ...refused('gzip-that-is-none', 'logs', requestOf(LOG)), contentEncoding: 'gzip' },
  { ...refused('an-unknown-content-encoding', 'logs', requestOf(LOG)), contentEncoding: 'rot13', status: 415 },
]

/** Every case; the files in `tests/corpus/otlp` are written from these. */
export const CORPUS: readonly CorpusCase[] = [...FRAMING, ...RECORDS, ...JSON_CORPUS, ...TRANSPORT]

/** The name of a case's file. */
export function corpusFile({ name, contentType }: CorpusCase): string {
  return `${name}.${contentType === 'application/json' ? 'json' : 'pb'}`
}

/** What `tests/corpus/otlp` holds: the bodies, and an index of what is to be answered to them. */
export function corpusFiles(): Map<string, Buffer> {
  const index = CORPUS.map(({ body, ...rest }) => ({ file: corpusFile({ body, ...rest }), ...rest }))
  const files = new Map(CORPUS.map(entry => [corpusFile(entry), entry.body]))
  return files.set('index.json', utf8(`${JSON.stringify(index, null, 2)}\n`))
}
