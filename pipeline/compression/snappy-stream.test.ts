import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSnappyDecompress } from './snappy-stream.ts'

const IDENTIFIER = Buffer.from('ff060000734e61507059', 'hex')
const MAX = 1_000_000

/** A block that is all literals. */
function block(bytes: Buffer): Buffer {
  const size: number[] = []
  for (let rest = bytes.length; ; rest = Math.floor(rest / 128)) {
    size.push((rest % 128) + (rest >= 128 ? 128 : 0))
    if (rest < 128) break
  }
  const literals: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 60) {
    const part = bytes.subarray(at, at + 60)
    literals.push(Buffer.from([(part.length - 1) << 2]), part)
  }
  return Buffer.concat([Buffer.from(size), ...literals])
}

function frame(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt8(type)
  head.writeUIntLE(data.length + 4, 1, 3)
  return Buffer.concat([head, data])
}

async function undone(sent: Buffer, step: number): Promise<Buffer> {
  const stream = createSnappyDecompress(MAX)
  const parts: Buffer[] = []
  const read = (async () => {
    for await (const part of stream as AsyncIterable<Buffer>) parts.push(part)
  })()
  for (let at = 0; at < sent.length; at += step) stream.write(sent.subarray(at, at + step))
  stream.end()
  await read
  return Buffer.concat(parts)
}

test('framed or as one block, in whatever pieces it comes: what was sent is there again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), fc.integer({ min: 1, max: 700 }), async (bytes, step) => {
      const plain = Buffer.from(bytes)
      const framed = Buffer.concat([
        IDENTIFIER,
        frame(0xfe, Buffer.from('padding')),
        frame(0, block(plain.subarray(0, 1_000))),
        frame(1, plain.subarray(1_000)),
      ])
      assert.deepEqual(await undone(framed, step), plain)
      assert.deepEqual(await undone(block(plain), step), plain)
    }),
    { numRuns: 50 },
  )
})

test('what breaks off, is of an unknown type or would be too large is refused', async () => {
  const good = Buffer.concat([IDENTIFIER, frame(0, block(Buffer.from('hello')))])
  await assert.rejects(undone(good.subarray(0, -1), 100), /breaks off/)
  await assert.rejects(undone(Buffer.concat([IDENTIFIER, frame(2, Buffer.from('x'))]), 100), /unknown type/)
  await assert.rejects(undone(block(Buffer.alloc(MAX + 1)), 70_000), /once decompressed|too large/)
})
