import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorObject } from './error-object.ts'

test('one field that throws does not cost the others', () => {
  const error = Object.assign(new TypeError('kept'), { code: 'E_KEPT', password: 'hunter2' })
  for (const key of ['trap', 'cause', 'errors']) {
    Object.defineProperty(error, key, {
      enumerable: true,
      get: () => {
        throw new Error('no')
      },
    })
  }
  const { stack, ...rest } = errorObject(error)
  assert.deepEqual(rest, {
    name: 'TypeError',
    message: 'kept',
    code: 'E_KEPT',
    password: '[redacted]',
    trap: '[unreadable]',
  })
  assert.match(String(stack), /^TypeError: kept\n {4}at /)
})

test('a stack is kept to 16 KiB and without secrets', () => {
  const error = new Error('x')
  error.stack = `Error: x Bearer abcdefghijkl\n${'    at f (file.js:1:1)\n'.repeat(1_000)}`
  const { stack } = errorObject(error)
  assert.match(String(stack), /^Error: x \[redacted\]\n/)
  assert.ok(String(stack).length > 16_000 && String(stack).length < 16_500)
})

test('causes that go in circles and errors by the thousand come to an end', () => {
  const circle = new Error('a')
  circle.cause = new Error('b', { cause: circle })
  const messages: unknown[] = []
  for (let at: unknown = errorObject(circle); at !== undefined; at = (at as { cause?: unknown }).cause) {
    messages.push((at as { message: unknown }).message)
  }
  assert.deepEqual(messages, ['a', 'b', 'a', 'b', 'a', 'b'])
  const many = new AggregateError(Array.from({ length: 1_000 }, (_, i) => new AggregateError([new Error(`${i}`)])))
  const json = JSON.stringify(errorObject(many))
  assert.equal(json.match(/"stack":/g)?.length, 20)
})

test('an object with a message, as database clients throw it, keeps its message and its fields', () => {
  const thrown = { message: 'duplicate key', code: '23505', details: null, hint: null }
  assert.deepEqual(errorObject(thrown), { name: 'NonError', ...thrown })
  assert.deepEqual(errorObject({ status: 500 }), { name: 'NonError', message: '{"status":500}' })
  assert.deepEqual(errorObject(undefined), { name: 'NonError', message: 'undefined' })
})
