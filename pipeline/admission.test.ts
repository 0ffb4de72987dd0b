import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Admission } from './admission.ts'
import { OverloadedError } from './errors.ts'

test('what does not fit is refused with a time to wait, and fits again once others are answered', () => {
  const admission = new Admission(100)
  const first = admission.hold('a')
  first.take(60)
  const second = admission.hold('a')
  second.take(40)
  assert.equal(admission.heldBytes, 100)
  assert.throws(() => admission.knock(), OverloadedError)
  const third = admission.hold('a')
  assert.throws(
    () => third.take(1),
    error => error instanceof OverloadedError && error.retryAfterMs > 0,
  )
  assert.equal(admission.heldBytes, 100, 'a refused request holds nothing')
  first.release()
  first.release()
  third.take(60)
  assert.equal(admission.heldBytes, 100)
})

test('a request larger than the limit is taken when it is alone, and no other beside it', () => {
  const admission = new Admission(100)
  const large = admission.hold('a')
  large.take(70)
  large.take(70)
  assert.throws(() => admission.hold('a').take(1), OverloadedError)
  large.release()
  assert.equal(admission.heldBytes, 0)
})
