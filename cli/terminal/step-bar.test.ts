import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stepText } from './step-bar.ts'

test('a bar tells the share and what is being done, and is full at the end only', () => {
  assert.equal(stepText('trace_spans', 1, 2), `${'█'.repeat(12)}${'░'.repeat(12)}  50 %  trace_spans`)
  assert.equal(stepText('done', 1, 1), `${'█'.repeat(24)} 100 %  done`)
  assert.ok(stepText('x', 999, 1000).includes(' 99 %'))
  assert.ok(stepText('x', -1, 10).startsWith('░'.repeat(24)))
})
