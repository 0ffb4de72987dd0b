import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Frame } from './frame.ts'
import { collapseRecursion, isOverflow, recursiveFrames } from './recursion.ts'

function stackOf(functions: string): Frame[] {
  return functions.split(' ').map(name => {
    const origin = name.startsWith('lib') ? 'dependency' : 'app'
    return { function: name, file: '', origin, identity: name, weight: 'telling' }
  })
}
function namesOf(frames: readonly Frame[]): string {
  return frames.map(frame => frame.function).join(' ')
}

const RECURSIONS: readonly [deep: string, collapsed: string][] = [
  ['a b c', 'a b c'],
  ['a a a b', 'a b'],
  ['a b a b a b c', 'a b c'],
  ['a b c a b c a b c a d', 'a b c a d'],
  ['a b c d a b c d e', 'a b c d e'],
  ['x a a b a a b y', 'x a b y'],
  ['a b c d e a b c d e', 'a b c d e a b c d e'],
]
test('direct and mutual recursion shows once, up to cycles of four', () => {
  for (const [deep, collapsed] of RECURSIONS) assert.equal(namesOf(collapseRecursion(stackOf(deep))), collapsed, deep)
})

test('the functions of a cycle are the same wherever the stack overflowed, and libraries are none of them', () => {
  const cycle = 'headcount reports'
  assert.equal(namesOf(recursiveFrames(stackOf('headcount reports headcount reports headcount reports main'))), cycle)
  assert.equal(namesOf(recursiveFrames(stackOf('hash reports headcount reports headcount reports headcount'))), cycle)
  assert.equal(namesOf(recursiveFrames(stackOf('lib lib lib lib main'))), '')
})

test('every language’s overflow is known as one', () => {
  for (const [type, message] of [
    ['RangeError', 'Maximum call stack size exceeded'],
    ['InternalError', 'too much recursion'],
    ['RecursionError', ''],
    ['java.lang.StackOverflowError', ''],
    ['SystemStackError', 'stack level too deep'],
    ['fatal error: stack overflow', ''],
  ]) {
    assert.equal(isOverflow(type!, message!), true, type)
  }
  assert.equal(isOverflow('RangeError', 'Invalid time value'), false)
})
