import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { SIGNALS, type Signal } from '../../../pipeline/model/index.ts'
import { anyRequest } from '../../../tests/otlp/arbitrary-requests.ts'
import { field, hex, nested, requestOf, utf8, varint } from '../../../tests/otlp/bytes.ts'
import { encodeRequestJson } from '../../../tests/otlp/json.ts'
import { realisticRequest } from '../../../tests/otlp/realistic.ts'
import { encodeRequest } from '../../../tests/otlp/requests.ts'
import { type Decoded, decodeRequest, type Encoding, MalformedRequestError } from './index.ts'

/** Whatever arrives, the decoder answers with records or with `MalformedRequestError`: nothing else, and soon. */

const LIMITS = { maxNesting: 32, maxRecords: 1000 }
const ENCODINGS: readonly Encoding[] = ['protobuf', 'json']

/** `undefined` when the request was refused whole. */
function survive(signal: Signal, body: Buffer, encoding: Encoding): Decoded<Signal> | undefined {
  let decoded: Decoded<Signal>
  try {
    decoded = decodeRequest(signal, body, encoding, LIMITS)
  } catch (error) {
    if (error instanceof MalformedRequestError) return undefined
    throw new Error(`${signal} in ${encoding}: ${body.toString('hex')}`, { cause: error })
  }
  for (const { raw, message } of decoded.rejected) {
    assert.ok(raw.length <= body.length || encoding === 'json')
    assert.ok(message.length > 0 && message.length < 500)
  }
  return decoded
}

function encode(signal: Signal, encoding: Encoding, request: object): Buffer {
  return encoding === 'json' ? encodeRequestJson(signal, { ...request }) : encodeRequest(signal, { ...request })
}

for (const signal of SIGNALS) {
  for (const encoding of ENCODINGS) {
    describe(`${signal} in ${encoding}`, () => {
      const realistic = encode(signal, encoding, realisticRequest(signal, 3, 7))

      test('cut off at every byte, the request is refused whole', () => {
        assert.equal(survive(signal, realistic, encoding)?.items.length, 3)
        for (let end = 1; end < realistic.length; end++) {
          assert.equal(survive(signal, realistic.subarray(0, end), encoding), undefined, `cut at ${end}`)
        }
      })

      test('every bit turned', () => {
        const body = Buffer.from(realistic)
        for (let bit = 0; bit < body.length * 8; bit++) {
          body[bit >> 3]! ^= 1 << (bit & 7)
          survive(signal, body, encoding)
          body[bit >> 3]! ^= 1 << (bit & 7)
        }
      })

      test('bytes of any request replaced, doubled and left out', () => {
        const edit = fc.record({ at: fc.nat(), cut: fc.nat(4), paste: fc.uint8Array({ maxLength: 4 }) })
        fc.assert(
          fc.property(anyRequest[signal], fc.array(edit, { minLength: 1, maxLength: 4 }), (request, edits) => {
            let body = encode(signal, encoding, request)
            for (const { at, cut, paste } of edits) {
              const start = at % (body.length + 1)
              body = Buffer.concat([body.subarray(0, start), paste, body.subarray(start + cut)])
            }
            survive(signal, body, encoding)
          }),
          { numRuns: 500 },
        )
      })

      test('any bytes', () => {
        const bytes = fc.uint8Array({ maxLength: 200 })
        fc.assert(
          fc.property(bytes, body => void survive(signal, Buffer.from(body), encoding)),
          { numRuns: 500 },
        )
      })
    })
  }

  describe(`${signal}: any protobuf message, whatever its fields mean`, () => {
    const { message } = fc.letrec<{ message: Buffer; field: Buffer }>(tie => ({
      message: fc.array(tie('field'), { maxLength: 4 }).map(list => Buffer.concat(list)),
      field: fc.oneof(
        { depthSize: 'medium', maxDepth: 7 },
        fc.tuple(fc.integer({ min: 1, max: 17 }), fc.nat(7), fc.uint8Array({ maxLength: 9 })).map(anyField),
        fc.tuple(fc.integer({ min: 1, max: 17 }), tie('message')).map(([number, content]) => field(number, content)),
      ),
    }))
    function anyField([number, wireType, content]: [number, number, Uint8Array]): Buffer {
      const tag = varint((number << 3) | wireType)
      return wireType === 2 ? field(number, content) : Buffer.concat([tag, content])
    }

    test('as a request', () => {
      fc.assert(
        fc.property(message, body => void survive(signal, body, 'protobuf')),
        { numRuns: 1000 },
      )
    })

    test('as a record: its neighbours stand', () => {
      const good = decodable(signal)
      fc.assert(
        fc.property(message, content => {
          const decoded = survive(signal, requestOf(good, field(2, content), good), 'protobuf')
          assert.ok(decoded !== undefined, 'a fault inside a record is not the fault of the request')
          assert.ok(decoded.items.length >= 2)
        }),
        { numRuns: 1000 },
      )
    })
  })

  test(`${signal}: any JSON under the names of OTLP`, () => {
    const names = ['resource', 'scope', 'attributes', 'key', 'value', 'kvlistValue', 'arrayValue', 'values', 'traceId']
    const more = [
      'gauge',
      'summary',
      'dataPoints',
      'exemplars',
      'timeUnixNano',
      'name',
      'flags',
      'stringValue',
      'spans',
    ]
    const groups = [
      'resourceSpans',
      'scopeSpans',
      'resourceLogs',
      'scopeLogs',
      'logRecords',
      'resourceMetrics',
      'scopeMetrics',
    ]
    const { json } = fc.letrec<{ json: unknown }>(tie => ({
      json: fc.oneof(
        { depthSize: 'medium', maxDepth: 10 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie('json'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names, ...more, ...groups), tie('json'), { maxKeys: 4 }),
      ),
    }))
    const wrap = (value: unknown) => {
      const [outer, inner, records] = {
        traces: ['Spans', 'Spans', 'spans'],
        logs: ['Logs', 'Logs', 'logRecords'],
        metrics: ['Metrics', 'Metrics', 'metrics'],
      }[signal]
      return { [`resource${outer}`]: [{ [`scope${inner}`]: [{ [records!]: [value] }] }] }
    }
    fc.assert(
      fc.property(json, fc.boolean(), (value, wrapped) => {
        const decoded = survive(signal, Buffer.from(JSON.stringify(wrapped ? wrap(value) : value)), 'json')
        assert.ok(decoded !== undefined || !wrapped, 'a fault inside a record is not the fault of the request')
      }),
      { numRuns: 1000 },
    )
  })
}

/** A sound entry of a Scope… message. */
function decodable(signal: Signal): Buffer {
  if (signal === 'traces') return field(2, hex('0a 10', '01'.repeat(16), '12 08', '02'.repeat(8)))
  return signal === 'logs' ? field(2) : field(2, field(5, field(1)))
}

/** A megabyte or two that a decoder could spend minutes on if any step of it were quadratic. */
describe('large hostile requests are answered in linear time', { timeout: 30_000 }, () => {
  const times = (count: number, bytes: Buffer) => Buffer.concat(Array<Buffer>(count).fill(bytes))
  const keys = (number: number) => {
    return Buffer.concat(Array.from({ length: 20_000 }, (_, i) => field(number, field(1, utf8(i.toString(36))))))
  }
  const log = (...content: Buffer[]) => requestOf(field(2, ...content))
  const cases: [string, Signal, Buffer][] = [
    [
      'a resource in many pieces',
      'logs',
      field(1, field(1, keys(1)), times(300_000, hex('0a 00')), field(2, field(2))),
    ],
    ['a scope in many pieces', 'logs', field(1, field(2, field(1, keys(3)), times(300_000, hex('0a 00')), field(2)))],
    ['a body in many pieces', 'logs', log(field(5, field(6, keys(1))), times(100_000, hex('2a 02 32 00')))],
    [
      'buckets in many pieces',
      'metrics',
      requestOf(field(2, field(10, field(1, field(8, field(2, Buffer.alloc(50_000))), times(300_000, hex('42 00')))))),
    ],
    ['attributes of one key', 'logs', log(times(100_000, hex('32 09 0a 01 61 12 04 0a 02 62 63')))],
    ['resources with a fault', 'logs', times(100_000, field(1, field(1, hex('0a 05')), field(2, field(2))))],
    ['groups in groups', 'logs', times(1_000_000, hex('0b'))],
    ['groups side by side', 'logs', times(300_000, hex('1b 08 01 1c'))],
    ['values in values', 'logs', log(nested(1_000_000, [1, 5], Buffer.alloc(0)))],
    ['fields of high numbers', 'logs', times(300_000, hex('fa ff ff ff 0f 00'))],
    ['one long text that is not UTF-8', 'logs', log(field(3, Buffer.alloc(2_000_000, 0xff)))],
    ['short texts that are not ASCII', 'logs', log(times(100_000, field(3, utf8('ü'))))],
  ]
  for (const [name, signal, body] of cases) {
    test(name, () => {
      try {
        decodeRequest(signal, body, 'protobuf', { maxNesting: 64, maxRecords: 1_000_000 })
      } catch (error) {
        assert.ok(error instanceof MalformedRequestError)
      }
    })
  }

  const jsonCases: [string, string][] = [
    ['a number of many digits', `{"resourceLogs":${'9'.repeat(2_000_000)}}`],
    ['many long numbers', `{"x":[${'1767225600000000001,'.repeat(100_000)}1]}`],
    ['many backslashes', `{"x":"${'\\\\'.repeat(1_000_000)}"}`],
    ['many blanks after numbers', `[${`1767225600000000001${' '.repeat(1000)},`.repeat(1000)}1]`],
    ['quotes without end', '"'.repeat(1_000_001)],
    [
      'a severity of many digits',
      `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"${'9'.repeat(2_000_000)}"}]}]}]}`,
    ],
    [
      'one long base64',
      `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"bytesValue":"${'='.repeat(2_000_000)}"}}]}]}]}`,
    ],
    ['a long exponent', `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"flags":"1e${'9'.repeat(2_000_000)}"}]}]}]}`],
  ]
  for (const [name, text] of jsonCases) test(name, () => void survive('logs', Buffer.from(text), 'json'))
})
