import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { SIGNALS } from '../../../pipeline/model/index.ts'
import { anyRequest } from '../../../tests/otlp/arbitrary-requests.ts'
import { expectedRecords } from '../../../tests/otlp/expected.ts'
import { encodeRequestJson } from '../../../tests/otlp/json.ts'
import { encodeRequest } from '../../../tests/otlp/requests.ts'
import { decodeRequest } from './index.ts'

const LIMITS = { maxNesting: 32, maxRecords: 1000 }
const RUNS = 300

for (const signal of SIGNALS) {
  describe(`decoding ${signal} agrees with protobufjs on every field`, () => {
    test('protobuf', () => {
      fc.assert(
        fc.property(anyRequest[signal], request => {
          const body = encodeRequest(signal, request)
          const { items, rejected } = decodeRequest(signal, body, 'protobuf', LIMITS)
          assert.deepEqual(rejected, [])
          assert.deepStrictEqual(items, expectedRecords(signal, body))
        }),
        { numRuns: RUNS },
      )
    })

    test('JSON, in every spelling that senders use', () => {
      const style = fc.record({ protoNames: fc.boolean(), bareIntegers: fc.boolean(), enumNames: fc.boolean() })
      fc.assert(
        fc.property(anyRequest[signal], style, (request, chosen) => {
          const body = encodeRequestJson(signal, request, chosen)
          const { items, rejected } = decodeRequest(signal, body, 'json', LIMITS)
          assert.deepEqual(rejected, [])
          assert.deepStrictEqual(items, expectedRecords(signal, encodeRequest(signal, request)))
        }),
        { numRuns: RUNS },
      )
    })
  })
}
