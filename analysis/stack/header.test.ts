import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHeader, simpleName } from './header.ts'

const HEADERS: readonly [line: string, type: string, message: string][] = [
  ['TypeError: x is not a function', 'TypeError', 'x is not a function'],
  ['TypeError', 'TypeError', ''],
  ['TypeError: ', 'TypeError', ''],
  ['Uncaught (in promise) RangeError: too far', 'RangeError', 'too far'],
  ['TypeError [ERR_INVALID_ARG_TYPE]: wrong', 'TypeError', 'wrong'],
  ['java.lang.IllegalStateException: a: b', 'java.lang.IllegalStateException', 'a: b'],
  ['com.acme.Outer$Inner: gone', 'com.acme.Outer$Inner', 'gone'],
  ['Npgsql.PostgresException (0x80004005): 40P01: deadlock', 'Npgsql.PostgresException', '40P01: deadlock'],
  ['Unhandled exception. Acme.Gone`1: x', 'Acme.Gone', 'x'],
  ['App\\Tax\\NoRate: none', 'App\\Tax\\NoRate', 'none'],
  ['ActiveRecord::RecordNotFound: Couldn’t find', 'ActiveRecord::RecordNotFound', 'Couldn’t find'],
  ['grpc._channel._InactiveRpcError: <x>', 'grpc._channel._InactiveRpcError', '<x>'],
]
test('the line that names an error gives type and message', () => {
  for (const [line, type, message] of HEADERS) assert.deepEqual(readHeader(line), { type, message }, line)
})

const NOT_HEADERS = [
  '',
  'note: run with',
  "code: 'ECONNREFUSED',",
  'could not connect: refused',
  '  at f (x.js:1:1)',
  '42: x',
  '^',
]
test('other lines name no error', () => {
  for (const line of NOT_HEADERS) assert.equal(readHeader(line), undefined, line)
})

test('the simple name is what follows the last separator of any language', () => {
  for (const type of ['a.b.Gone', 'a::b::Gone', 'A\\B\\Gone', 'A+Gone', 'Gone']) assert.equal(simpleName(type), 'Gone')
})
