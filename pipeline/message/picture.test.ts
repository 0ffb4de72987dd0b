import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32, inflateSync } from 'node:zlib'
import { picturePng, pictureText } from './picture.ts'

test('a time line is a PNG that any reader takes: a bar for each count, a line for each change', () => {
  const png = picturePng({ from: 0, to: 1_000, counts: [0, 5, 10, 0], marks: [900, 5_000] })
  assert.equal(png.subarray(1, 4).toString('latin1'), 'PNG')
  const chunks = new Map<string, Buffer>()
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const body = png.subarray(at + 4, at + 8 + length)
    assert.equal(png.readUInt32BE(at + 8 + length), crc32(body))
    chunks.set(body.subarray(0, 4).toString('latin1'), body.subarray(4))
    at += 12 + length
  }
  assert.deepEqual([...chunks.keys()], ['IHDR', 'PLTE', 'IDAT', 'IEND'])
  const [width, height] = [chunks.get('IHDR')!.readUInt32BE(0), chunks.get('IHDR')!.readUInt32BE(4)]
  const rows = inflateSync(chunks.get('IDAT')!)
  assert.equal(rows.length, height * (width + 1))
  const column = (x: number) => Array.from({ length: height }, (_, y) => rows[y * (width + 1) + 1 + x])
  const bar = (x: number) => column(x).filter(colour => colour === 1).length
  assert.deepEqual([bar(10), bar(160) * 2, bar(310), bar(460)], [0, bar(310), 74, 0])
  assert.ok(column(Math.round(0.9 * (width - 2))).every(colour => colour === 2))
})

test('what it shows is said, too, and a picture of nothing is one', () => {
  assert.match(pictureText({ from: 0, to: 9, counts: [1, 4], marks: [3] }), /at most 4 in one of 2 parts .*1 change /)
  assert.ok(picturePng({ from: 5, to: 5, counts: [], marks: [5] }).length > 50)
})
