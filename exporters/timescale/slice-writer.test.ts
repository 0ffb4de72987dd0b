import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ARENA_BYTES, ArenaPool, type Slice } from './arena.ts'
import { SliceWriter } from './slice-writer.ts'

function write(writer: SliceWriter, size: number, byte: number, estimate = 0): Slice {
  writer.open(estimate)
  for (let left = size; left > 0; left -= 1_000_000) {
    const part = Math.min(left, 1_000_000)
    writer.reserve(part)
    writer.bytes.fill(byte, writer.at, writer.at + part)
    writer.at += part
  }
  return writer.close(1)
}

function holds({ arena, start, end }: Slice, size: number, byte: number): boolean {
  return arena.bytes.subarray(start, end).equals(Buffer.alloc(size, byte))
}

test('slices stand until they are released, whatever is written and released meanwhile', () => {
  const sizes = fc.oneof(fc.nat(100_000), fc.nat(2 * ARENA_BYTES))
  const steps = fc.array(fc.record({ size: sizes, estimate: sizes, release: fc.nat() }), { maxLength: 30 })
  fc.assert(
    fc.property(steps, steps => {
      const writer = new SliceWriter(new ArenaPool())
      const open: { slice: Slice; size: number; byte: number }[] = []
      steps.forEach(({ size, estimate, release }, byte) => {
        open.push({ slice: write(writer, size, byte, estimate), size, byte })
        if (release % 2 === 0) for (const { slice } of open.splice(release % open.length, 1)) writer.release(slice)
        for (const { slice, size, byte } of open) assert.ok(holds(slice, size, byte))
      })
    }),
    { numRuns: 30 },
  )
})

test('slices of one arena lie next to each other, so that they can be sent as one', () => {
  const writer = new SliceWriter(new ArenaPool())
  const [a, b] = [write(writer, 10, 1), write(writer, 20, 2)]
  assert.equal(a.arena, b.arena)
  assert.equal(b.start, a.end)
})

test('memory comes back when the slices are released, and is used again', () => {
  const pool = new ArenaPool()
  const writer = new SliceWriter(pool)
  const slices = Array.from({ length: 10 }, (_, i) => write(writer, ARENA_BYTES, i, ARENA_BYTES))
  assert.equal(pool.heldBytes, 10 * ARENA_BYTES)
  for (const slice of slices) writer.release(slice)
  assert.equal(pool.heldBytes, ARENA_BYTES)
  const arenas = new Set(slices.map(({ arena }) => arena))
  assert.ok(arenas.has(write(writer, ARENA_BYTES, 0, ARENA_BYTES).arena))
})

test('a slice larger than an arena is let go when it is released', () => {
  const pool = new ArenaPool()
  const writer = new SliceWriter(pool)
  writer.release(write(writer, 3 * ARENA_BYTES, 1))
  writer.release(write(writer, 10, 2, ARENA_BYTES))
  assert.ok(pool.heldBytes <= 6 * ARENA_BYTES, `${pool.heldBytes}`)
  write(writer, 10, 3)
})

test('a row that is taken back leaves no trace', () => {
  const writer = new SliceWriter(new ArenaPool())
  writer.open(0)
  writer.reserve(3)
  writer.bytes.write('abc', writer.at)
  writer.at += 3
  const before = writer.written
  writer.reserve(ARENA_BYTES)
  writer.at += ARENA_BYTES
  writer.rewind(before)
  const { arena, start, end } = writer.close(1)
  assert.equal(arena.bytes.toString('latin1', start, end), 'abc')
})
