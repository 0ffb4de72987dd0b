import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSpaceGuard, defaultReserve } from './space-guard.ts'

const MIB = 1024 * 1024

test('nothing is taken in below the reserve, and again only with a little more than that', t => {
  let freeMib = 200
  let clock = 0
  t.mock.method(performance, 'now', () => clock)
  const guard = createSpaceGuard({
    folder: '/data',
    minFreeBytes: 100 * MIB,
    read: () => ({ freeBytes: freeMib * MIB, totalBytes: 1000 * MIB }),
  })
  const at = (mib: number) => {
    freeMib = mib
    clock += 1000
    return guard.problem()
  }
  assert.equal(at(200), undefined)
  assert.equal(at(100), undefined)
  assert.match(
    at(99) ?? '',
    /^the disk of \/data has 99 of 1000 MiB left, and 100 are kept free \(service\.database\.min_free_mib\)/,
  )
  assert.match(at(105) ?? '', /105 of 1000/)
  assert.equal(at(111), undefined)
  assert.equal(at(100), undefined)
})

test('a folder that cannot be looked at stops nothing', () => {
  assert.equal(createSpaceGuard({ folder: '/no/such/folder' }).problem(), undefined)
})

test('the reserve follows the disk, within bounds', () => {
  assert.equal(defaultReserve(200 * MIB), 64 * MIB)
  assert.equal(defaultReserve(10_000 * MIB), 500 * MIB)
  assert.equal(defaultReserve(1_000_000 * MIB), 2048 * MIB)
})
