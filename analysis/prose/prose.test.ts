import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { faultOfProse } from './check.ts'
import { evidenceOf, type HypothesisRow, type ReportRow } from './evidence.ts'

const HYPOTHESIS: HypothesisRow = {
  ...{
    place: 1,
    kind: 'code_change',
    name: 'payment',
    dependency: null,
    instance: null,
    operation: 'Payments/Authorize',
  },
  ...{
    function: 'rateFor',
    file: 'exchange-rates.ts',
    exception: 'ExchangeRateError',
    fingerprint: '9880f3d771219834',
  },
  ...{ release: '2.5.0', commit: '5ae3b846208b77aa', since: '2026-11-29T20:46:02.906Z', confidence: 0.87 },
  because: ['the operation became 4.41 times as slow with it', '21 failures, 3.9 expected'],
  against: ['no release before it had them'],
  confirm: 'roll payment back to 2.4.3',
  path: [{ text: 'checkout POST /checkout', table: 'trace_spans', id: '0123456789abcdef0123456789abcdef' }],
}
const REPORT: ReportRow = {
  ...{ title: 'checkout: orders fail', service: 'checkout', environment: 'prod', severity: 'error' },
  triggered_at: new Date('2026-11-29T20:47:00Z'),
  ...{ window_from: new Date('2026-11-29T20:42:00Z'), window_to: new Date('2026-11-29T20:47:00Z') },
  ...{ entities_hit: 1_234, notes: [], timeline: [], hypotheses: [HYPOTHESIS] },
}
const EVIDENCE = evidenceOf(REPORT)
const refOf = (beginning: string) => EVIDENCE.find(({ text }) => text.startsWith(beginning))!.ref
const [NOTICED, HIT, CAUSE] = ['what was noticed', 'whom it hits', 'hypothesis 1:'].map(refOf)
const OTHERS = ['checkout', 'payment', 'inventory', 'storefront']
const fault = (text: string) => faultOfProse(text, EVIDENCE, OTHERS)

test('what the evidence has may be told: ids short or whole, numbers rounded, times, files, words of our own', () => {
  const told = [
    `Orders fail in checkout, and 1,234 users or requests are hit [${NOTICED}] [${HIT}].`,
    `The likely cause is release 2.5.0 of payment (commit 5ae3b84), 87 % sure. [${CAUSE}]`,
    `Since 20:46 \`ExchangeRateError\` is thrown by rateFor in exchange-rates.ts [E6].`,
    `With it the operation became 4.4 times as slow, and twenty-one failures came where about four were expected [E7, E8].`,
    `To be sure, roll it back to 2.4.3 and look at "POST /checkout" after five minutes [${refOf('to confirm')}].`,
  ]
  assert.equal(fault(told.join(' ').replace('twenty-one', '21')), undefined)
  assert.equal(fault(told.slice(0, 2).join('\n\n')), undefined)
})

const LIES: readonly (readonly [string, string, RegExp])[] = [
  ['a commit that is not there', `Commit deadbee broke the payments of our customers [${CAUSE}].`, /"deadbee"/],
  ['the middle of an id', `Commit b846208b broke the payments of our customers [${CAUSE}].`, /"b846208b"/],
  ['another release', `Release 2.5.1 of payment is the likely cause of it [${CAUSE}].`, /"2\.5\.1"/],
  ['another number', `In checkout 4,321 users or requests are hit by it [${HIT}].`, /"4,321"/],
  ['another number in words', `In checkout seven users or requests are hit by it [${HIT}].`, /"seven"/],
  ['how sure, rounded up', `The release 2.5.0 is to blame, and that is 99 % sure [${CAUSE}].`, /"99"/],
  ['another time', `It began at 20:15 with the release of payment [${CAUSE}].`, /"20:15"/],
  ['another file', `The error is thrown in rates.ts of the service payment [${CAUSE}].`, /"rates\.ts"/],
  ['another error', `A ConnectionError is thrown by the service payment [${CAUSE}].`, /"ConnectionError"/],
  ['another error by its code', `Payment cannot reach its database: ETIMEDOUT [${CAUSE}].`, /"ETIMEDOUT"/],
  ['a thing by its name', `The cause is that payment could not reach Redis in time [${CAUSE}].`, /"Redis"/],
  ['a quotation', `The log says "please restart the server" very often [${CAUSE}].`, /please restart/],
  ['a command', `Run \`rm -rf /\` to mend the service payment at once [${CAUSE}].`, /rm -rf/],
  ['another service', `The service inventory is the likely cause of these failures [${CAUSE}].`, /service "inventory"/],
  ['evidence that is not there', 'Orders fail in checkout since the release of payment [E99].', /cites "E99"/],
  [
    'a sentence without evidence',
    `Orders fail in checkout [${NOTICED}]. The database was deleted by an attacker.`,
    /without evidence.*database/,
  ],
  [
    'a sentence behind the evidence of another',
    `Orders fail. [${NOTICED}] The database was deleted by an attacker.`,
    /without evidence/,
  ],
  ['a line without evidence', `Orders fail in checkout [${NOTICED}]\n- the database was deleted`, /without evidence/],
  ['a link', `Orders fail in checkout, see https://evil.example [${NOTICED}].`, /link or markup/],
  ['markup', `Orders fail in checkout <img src=x> since then [${NOTICED}].`, /link or markup/],
  ['a mention', `Orders fail in checkout, ask <@U0123> about it [${NOTICED}].`, /link or markup/],
  ['nothing', `[${NOTICED}]`, /next to nothing/],
  ['without an end', `Orders fail in checkout [${NOTICED}]. `.repeat(100), /longer than/],
]

for (const [what, text, words] of LIES) {
  test(`prose that tells of ${what} does not stand for the report`, () => {
    assert.match(fault(text) ?? 'it is taken', words)
  })
}

test('any text is checked without an exception, and what is told of it is bounded', () => {
  const parts = fc.constantFrom(NOTICED!, '[', ']', '[E1]', '. ', '"', '`', '2.5.0', '\n', 'Orders', '\u202e', '87 %')
  fc.assert(
    fc.property(fc.array(fc.oneof(parts, fc.string({ unit: 'binary', maxLength: 12 })), { maxLength: 30 }), texts => {
      assert.ok((fault(texts.join(' ')) ?? '').length < 400)
    }),
  )
})
