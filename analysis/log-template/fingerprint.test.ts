import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createFingerprinter, fingerprintHex, fingerprintOf, LOG_TEMPLATE_VERSION } from './fingerprint.ts'
import { fleetMessages } from './testing/messages.ts'

/** The hash as its comment defines it, in whole numbers of any size: slow, and nothing in common with the fast one. */
function referenceHash(values: readonly number[]): bigint {
  const bits = 0xffffffffn
  const rotated = (value: bigint, by: bigint) => ((value << by) | (value >> (32n - by))) & bits
  const mixed = (value: bigint) => {
    let h = value
    h = ((h ^ (h >> 16n)) * 0x85ebca6bn) & bits
    h = ((h ^ (h >> 13n)) * 0xc2b2ae35n) & bits
    return h ^ (h >> 16n)
  }
  let high = 0x243f6a88n
  let low = 0x85a308d3n
  for (const value of values.map(BigInt)) {
    high = ((rotated(high, 7n) ^ value) * 0x9e3779b1n) & bits
    low = ((rotated(low, 13n) ^ value) * 0x85ebca77n) & bits
  }
  high = mixed(high ^ ((low * 0x27d4eb2fn) & bits))
  low = mixed(low ^ ((high * 0x165667b1n) & bits))
  return BigInt.asIntN(64, (high << 32n) | low)
}

const codes = (text: string) => Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
const SPACE = 0x10000
const NUM = 0x20002

describe('a fingerprint', () => {
  it('is the hash of the words, the spaces between them and the kinds of what varies', () => {
    assert.equal(fingerprintOf('took  17').id, referenceHash([...codes('took'), SPACE, NUM]))
    assert.equal(
      fingerprintOf('x=17, ok').id,
      referenceHash([...codes('x='), NUM, ...codes(','), SPACE, ...codes('ok')]),
    )
    assert.equal(fingerprintOf('').id, referenceHash([]))
  })

  it('is the same for the same statement, whatever it said', () => {
    const { id, template } = fingerprintOf('user=alice from 10.0.0.1 in 17 ms')
    assert.deepEqual(fingerprintOf('user=chen from 192.168.7.9 in 2.5 seconds'), {
      id,
      hex: fingerprintHex(id),
      template,
    })
  })

  it('differs between what a space, a mark or a kind tells apart', () => {
    const messages = ['a b', 'ab', 'a,b', 'a, b', 'a 1', 'a1', 'a 0x1f', 'a /b', 'A b', 'b a', 'a b <num>', 'a <num> b']
    assert.equal(new Set(messages.map(message => fingerprintOf(message).id)).size, messages.length)
  })

  it('has 64 bits that all matter: 200,000 templates, no two alike, each bit set in half of them', () => {
    const ids = new Set<bigint>()
    const ones = new Array<number>(64).fill(0)
    const count = 200_000
    for (let index = 0; index < count; index++) {
      const { id } = fingerprintOf(`state ${letters(index)} of the world`)
      ids.add(id)
      let rest = BigInt.asUintN(64, id)
      for (let bit = 0; bit < 64; bit++, rest >>= 1n) ones[bit]! += Number(rest & 1n)
    }
    assert.equal(ids.size, count)
    // Six standard deviations of a fair coin.
    const spread = 6 * Math.sqrt(count / 4)
    for (const [bit, set] of ones.entries()) assert.ok(Math.abs(set - count / 2) < spread, `bit ${bit}: ${set}`)
  })

  it('fits a signed bigint column and reads the same as hex', () => {
    const ids = fleetMessages(500, 1).map(message => fingerprintOf(message))
    assert.ok(ids.some(({ id }) => id < 0n))
    for (const { id, hex } of ids) {
      assert.equal(BigInt.asIntN(64, id), id)
      assert.match(hex, /^[0-9a-f]{16}$/)
      assert.equal(BigInt.asIntN(64, BigInt(`0x${hex}`)), id)
    }
  })

  it('carries a version', () => assert.equal(LOG_TEMPLATE_VERSION, 2))
})

function letters(index: number): string {
  let text = ''
  for (let rest = index; rest > 0; rest = Math.floor(rest / 20)) text += 'ghijklmnopqrstuvwxyz'[rest % 20]
  return `x${text}`
}

describe('a fingerprinter', () => {
  it('answers what fingerprintOf answers, however much it has seen', () => {
    const fingerprint = createFingerprinter()
    for (const message of fleetMessages(2_000, 2)) assert.deepEqual(fingerprint(message), fingerprintOf(message))
    for (let index = 0; index < 40_000; index++) fingerprint(`filler ${letters(index)}`)
    for (const message of fleetMessages(200, 3)) assert.deepEqual(fingerprint(message), fingerprintOf(message))
  })

  it('hands out one object for each template that it remembers', () => {
    const fingerprint = createFingerprinter()
    const first = fingerprint('took 17 ms')
    assert.equal(first, fingerprint('took 2 seconds'))
    for (let index = 0; index < 40_000; index++) fingerprint(`filler ${letters(index)}`)
    assert.notEqual(first, fingerprint('took 17 ms'), 'it forgets, so its memory is bounded')
  })
})
