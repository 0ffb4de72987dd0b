import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foldTypes, isCarrier, isErrorCode, normaliseType } from './type-chain.ts'

const TYPES: readonly [written: string, type: string][] = [
  ['*errors.errorString', 'errors.errorString'],
  ['&main.Gone', 'main.Gone'],
  ['builtins.KeyError', 'KeyError'],
  ['Acme.Gone`1[System.Int32]', 'Acme.Gone'],
  ['Exception@anonymous\0/app/x.php:3$0', 'Exception'],
  ['com.acme.Gone', 'com.acme.Gone'],
  [' TypeError ', 'TypeError'],
  ['t', ''],
  ['', ''],
]
test('a type is without what its language and its minifier put around it', () => {
  for (const [written, type] of TYPES) assert.equal(normaliseType(written), type, written)
})

test('codes that SDKs report as types are told from types', () => {
  for (const code of ['ECONNREFUSED', 'ERR_INVALID_ARG_TYPE', 'ENOENT', '23505', '42P01', '500']) {
    assert.equal(isErrorCode(code), true, code)
  }
  for (const type of ['Error', 'EOFError', 'EvalError', 'TypeError', 'errors.errorString', 'PANIC']) {
    assert.equal(isErrorCode(type), false, type)
  }
})

test('futures, reflection and task groups only carry errors', () => {
  for (const type of ['java.util.concurrent.ExecutionException', 'System.AggregateException', 'ExceptionGroup']) {
    assert.equal(isCarrier(type), true, type)
  }
  assert.equal(isCarrier('com.acme.OrderFailed'), false)
})

test('a chain of types has no repetitions and no more than eight links', () => {
  assert.deepEqual(foldTypes(['A', 'A', '', 'B', 'A']), ['A', 'B', 'A'])
  const long = Array.from({ length: 20 }, (_, i) => `T${i}`)
  assert.deepEqual(foldTypes(long), ['T0', 'T1', 'T2', 'T3', 'T16', 'T17', 'T18', 'T19'])
})
