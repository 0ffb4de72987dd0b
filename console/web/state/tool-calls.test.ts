import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TOOLS } from '../../../mcp/tools/index.ts'
import { toolCallOf } from './tool-calls.ts'

const FINGERPRINT = '5f914c0f915624f3'
const TRACE = '0123456789abcdef0123456789abcdef'
const DRAWN = { from: '2026-11-30T10:00:00.000Z', to: '2026-11-30T10:45:00.000Z' }

const cases = [
  ['home', { range: '6h' }, 'error_fingerprint_summary', { env: '*', minutes: 360 }],
  ['problems', { ...DRAWN, env: 'prod' }, 'error_fingerprint_summary', { env: 'prod', minutes: 45, until: DRAWN.to }],
  [
    'problem',
    { id: FINGERPRINT, range: '7d' },
    'explain_failure',
    { fingerprint: FINGERPRINT, env: '*', minutes: 10_080 },
  ],
  ['problem-why', { id: FINGERPRINT }, 'explain_failure', { fingerprint: FINGERPRINT, env: '*', minutes: 60 }],
  [
    'problem-samples',
    { id: FINGERPRINT },
    'get_fingerprint_samples',
    { fingerprint: FINGERPRINT, env: '*', minutes: 60 },
  ],
  ['trace', { id: TRACE }, 'trace_request', { trace_id: TRACE }],
  ['trace-span', { trace: TRACE, span: '0123456789abcdef' }, 'trace_request', { trace_id: TRACE }],
  ['service', { service: 'pay', range: '15m' }, 'service_health', { service: 'pay', env: '*', minutes: 15 }],
  ['deploys', { ...DRAWN, service: 'pay' }, 'what_changed', { service: 'pay', minutes: 45, at: DRAWN.to }],
  ['changes', { range: '1h' }, 'what_changed', { minutes: 60 }],
  ['node', { id: 'kitchen' }, 'node_status', { node_id: 'kitchen' }],
  ['nodes', {}, 'node_status', { unresolved_only: false }],
  ['reports', { incident: 'inc-1' }, 'query_sql', { sql: 'SELECT 2' }],
  ['books', {}, 'query_sql', { sql: 'SELECT 2' }],
] as const

test('what a page asked is asked of an agent’s tools as they take it', () => {
  for (const [name, params, tool, args] of cases) {
    const call = toolCallOf({ name, params }, ['SELECT 1', 'SELECT 2'])
    assert.deepEqual(call, { name: tool, arguments: args }, name)
    const known = TOOLS.find(one => one.name === tool)
    assert.ok(known !== undefined, tool)
    assert.deepEqual(known.input.safeParse(args).error?.issues ?? [], [], name)
  }
})

test('what was not read, or is too long to be sent, is no call', () => {
  assert.equal(toolCallOf({ name: 'books', params: {} }, []), undefined)
  assert.equal(toolCallOf({ name: 'books', params: {} }, ['x'.repeat(10_001)]), undefined)
})
