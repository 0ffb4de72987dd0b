import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callOf } from './chat-rules.ts'

const asked = { services: ['checkout', 'check', 'payment-api'], minutes: 60, env: '*' }

const cases: readonly (readonly [question: string, tool: string, args: Readonly<Record<string, string | number>>])[] = [
  ['why is 5f914c0f915624f3 failing?', 'explain_failure', { fingerprint: '5f914c0f915624f3', minutes: 60 }],
  ['show 0123456789ABCDEF0123456789abcdef', 'trace_request', { trace_id: '0123456789abcdef0123456789abcdef' }],
  ['what changed in checkout?', 'what_changed', { minutes: 60, service: 'checkout' }],
  ['were there deploys today', 'what_changed', { minutes: 60 }],
  ['why did ord_7f3k fail', 'explain_failure', { entity: 'ord_7f3k', minutes: 60 }],
  ['is payment-api slow', 'service_health', { service: 'payment-api', minutes: 60, env: '*' }],
  ['what is wrong?', 'error_fingerprint_summary', { minutes: 60, env: '*' }],
  ['what is wrong with checkout', 'error_fingerprint_summary', { minutes: 60, env: '*', service: 'checkout' }],
  ['which nodes are silent', 'node_status', {}],
  ['card declined by the issuer', 'search_errors', { query: 'card declined by the issuer', minutes: 60 }],
]

const subject = { service: 'checkout', fingerprint: '5f914c0f915624f3' }
const until = '2026-11-21T10:00:00.000Z'

const OF_AN_INCIDENT: typeof cases = [
  ['why?', 'explain_failure', { fingerprint: subject.fingerprint, minutes: 60, until }],
  ['who is hit?', 'explain_failure', { fingerprint: subject.fingerprint, minutes: 60, until }],
  ['what changed?', 'what_changed', { minutes: 60, at: until }],
  ['how is it doing?', 'service_health', { service: 'checkout', minutes: 60, until, env: '*' }],
  [
    'what is wrong with payment-api',
    'error_fingerprint_summary',
    { minutes: 60, until, env: '*', service: 'payment-api' },
  ],
  ['card declined', 'search_errors', { query: 'card declined', minutes: 60, until }],
]

for (const [question, tool, args] of OF_AN_INCIDENT) {
  test(`of an incident, “${question}” is answered by ${tool} for its time`, () => {
    const { tool: chosen, args: given } = callOf(question, { ...asked, until, subject })
    assert.deepEqual({ tool: chosen, args: given }, { tool, args })
  })
}

for (const [question, tool, args] of cases) {
  test(`“${question}” is answered by ${tool}`, () => {
    const { tool: chosen, args: given } = callOf(question, asked)
    assert.deepEqual({ tool: chosen, args: given }, { tool, args })
  })
}
