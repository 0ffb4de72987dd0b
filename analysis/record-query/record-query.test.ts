import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { withFilter, withoutFilter, withRange } from './edit.ts'
import { parseRecordQuery } from './parse.ts'
import { quoteValue, tokensOf } from './tokens.ts'

const NOW = new Date('2026-11-30T12:00:00Z')
const parse = (text: string) => parseRecordQuery(text, NOW)

test('words, phrases and filters are understood as people type them', () => {
  const query = parse('service:checkout level:error,warning since:2h deal_id:d-17 "card refused" payment -retry')
  assert.deepEqual(query.faults, [])
  assert.deepEqual(query.words, [
    { text: 'card refused', negated: false, isPhrase: true },
    { text: 'payment', negated: false, isPhrase: false },
    { text: 'retry', negated: true, isPhrase: false },
  ])
  assert.deepEqual(
    query.filters.map(({ field, values }) => [field, values]),
    [
      ['service', ['checkout']],
      ['level', ['error', 'warn']],
      ['deal_id', ['d-17']],
    ],
  )
  assert.equal(query.from.toISOString(), '2026-11-30T10:00:00.000Z')
  assert.equal(query.to, NOW)
})

test('quoted values keep their spaces, commas and quotes; a minus before a filter negates it', () => {
  const query = parse(String.raw`-operation:"POST /checkout, \"fast\"" -env:dev http.route:/cart attr.region:eu`)
  assert.deepEqual(query.faults, [])
  assert.deepEqual(query.filters, [
    { field: 'operation', key: 'operation', negated: true, values: ['POST /checkout, "fast"'] },
    { field: 'env', key: 'env', negated: true, values: ['dev'] },
    { field: 'attribute', key: 'http.route', negated: false, values: ['/cart'] },
    { field: 'attribute', key: 'region', negated: false, values: ['eu'] },
  ])
})

const FAULTS: readonly [string, RegExp][] = [
  ['servce:checkout', /no field "servce"; did you mean service\? Fields: kind, service, .*attr\.servce.*quotes/],
  ['level:loud', /level is one of trace, debug, info, warn, error, fatal; "loud" is not/],
  ['since:yesterday', /since is an age such as 15m/],
  ['duration:fast', /duration is compared with a time/],
  ['trace:4bf9', /trace is a trace id of 32 hex digits; "4bf9" is not/],
  ['service:', /service needs a value, such as service:checkout/],
  ['"card refused', /quotes are not closed/],
  ['since:1h until:2h', /since is not before until/],
  ['***', /no letter and no digit/],
]
for (const [text, message] of FAULTS) {
  test(`${text} is a fault that says what is allowed, and has no effect`, () => {
    const { faults, filters } = parse(text)
    assert.equal(faults.length, 1)
    assert.match(faults[0]!.message, message)
    assert.deepEqual(filters, [])
  })
}

test('addresses, times of day and clauses are words, not filters', () => {
  const { words, faults } = parse('https://example.org/a?b=c 12:30 Error: refused')
  assert.deepEqual(faults, [])
  assert.deepEqual(
    words.map(({ text }) => text),
    ['https://example.org/a?b=c', '12:30', 'Error:', 'refused'],
  )
})

test('durations have a bound on either side', () => {
  const boundsOf = (text: string) => parse(text).filters[0]?.bounds
  assert.deepEqual(boundsOf('duration:>500ms')?.minMs, 500)
  assert.deepEqual(boundsOf('duration:<2s'), { minMs: 0, maxMs: 2_000 })
  assert.deepEqual(boundsOf('duration:100ms..1s'), { minMs: 100, maxMs: 1_000 })
})

test('a click on a facet moves the filter, a second field stays, and a range replaces a range', () => {
  assert.equal(withFilter('card service:a since:1h', 'service', 'my shop'), 'card since:1h service:"my shop"')
  assert.equal(withFilter('service:a', 'service', 'b', true), 'service:a -service:b')
  assert.equal(withoutFilter('env:prod x environment:dev', 'env'), 'x')
  assert.equal(
    withRange('x since:1h', '2026-11-30T10:00:00Z', '2026-11-30T11:00:00Z'),
    'x since:2026-11-30T10:00:00Z until:2026-11-30T11:00:00Z',
  )
})

test('any text is read without a throw, and any value can be typed', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => void parse(text)))
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), value => {
      const [token, ...others] = tokensOf(`service:${quoteValue(value)}`)
      assert.deepEqual(token?.values, [value])
      assert.equal(others.length, 0)
    }),
  )
})
