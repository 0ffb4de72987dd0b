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

/** An admission with a clock that the test winds. */
function wound(maxBytes: number) {
  const clock = { now: 0 }
  return { clock, admission: new Admission(maxBytes, () => clock.now) }
}
const MIB = 1024 * 1024

test('bodies that fall silent give way to one that comes, the most silent first, and no more than it needs', () => {
  const { clock, admission } = wound(16 * MIB)
  const cut: string[] = []
  const open = (name: string) => admission.hold(name, () => cut.push(name))
  for (const name of ['first', 'second', 'third']) open(name).take(4 * MIB)
  assert.throws(() => open('large').take(4 * MIB), OverloadedError, 'all of them have only just begun')
  open('small').take(100 * 1024)
  clock.now = 1_000
  open('late').take(4 * MIB)
  assert.deepEqual(cut, ['first'])
  assert.ok(admission.heldBytes <= 16 * MIB)
})

test('what is whole is not cut off, however long its commit takes, and neither is what comes quickly', () => {
  const { clock, admission } = wound(16 * MIB)
  const never = () => assert.fail('cut off')
  const whole = admission.hold('whole', never)
  whole.take(8 * MIB)
  whole.arrived()
  const quick = admission.hold('quick', never)
  for (clock.now = 0; clock.now < 2_000; clock.now += 100) quick.take(300 * 1024)
  assert.throws(() => admission.hold('late').take(4 * MIB), OverloadedError)
})

test('a body that was cut off gets nothing more in', () => {
  const { clock, admission } = wound(MIB)
  const slow = admission.hold('slow')
  slow.take(800 * 1024)
  clock.now = 1_000
  admission.hold('quick').take(600 * 1024)
  assert.throws(() => slow.take(1), OverloadedError)
  slow.release()
  assert.equal(admission.heldBytes, 600 * 1024)
})

test('a sender alone has the whole limit for its requests; beside another it has its share', () => {
  const alone = wound(16 * MIB).admission
  const whole = (admission: Admission, sender: string) => {
    const hold = admission.hold(sender)
    hold.take(200 * 1024)
    hold.arrived()
    return hold
  }
  for (let i = 0; i < 81; i++) whole(alone, 'big')
  assert.ok(alone.heldBytes > 15.8 * MIB)

  const shared = wound(16 * MIB).admission
  whole(shared, 'other')
  assert.throws(() => {
    for (let i = 0; i < 81; i++) whole(shared, 'big')
  }, OverloadedError)
  assert.ok(shared.heldBytes < 8.5 * MIB, 'half of it, beside one other')
  for (let i = 0; i < 30; i++) whole(shared, 'other')
})

test('a small request is let in beside large bodies of its own address that have not come to an end', () => {
  const { admission } = wound(16 * MIB)
  admission.hold('other').take(1)
  for (let i = 0; i < 4; i++) {
    try {
      admission.hold('127.0.0.1').take(4 * MIB - 1)
    } catch {} // past its share
  }
  admission.hold('127.0.0.1').take(100 * 1024)
})

test('readiness tells when senders are turned away and nothing has been answered for long', () => {
  const { clock, admission } = wound(MIB)
  const stuck = admission.hold('stuck')
  stuck.take(MIB)
  stuck.arrived()
  clock.now = 11_000
  assert.throws(() => admission.knock(), OverloadedError)
  assert.match(admission.problem() ?? '', /nothing that was taken has been answered for 11 s/)
  stuck.release()
  assert.equal(admission.problem(), undefined)
})
