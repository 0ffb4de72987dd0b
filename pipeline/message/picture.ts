import { crc32, deflateSync } from 'node:zlib'
import type { FindingPicture } from '../model/index.ts'

const [WIDTH, HEIGHT] = [600, 90]
const BASE = HEIGHT - 10
/** Red, green, blue of each index. */
const PALETTE = [
  [255, 255, 255],
  [199, 83, 0],
  [31, 95, 168],
  [200, 200, 200],
]
const [PAPER, BAR, MARK, AXIS] = [0, 1, 2, 3] as const

/** What the picture shows, for those who do not see it. */
export function pictureText({ counts, marks }: FindingPicture): string {
  const most = Math.max(0, ...counts)
  const changes =
    marks.length === 0 ? 'no change' : `${marks.length} ${marks.length === 1 ? 'change' : 'changes'} (blue)`
  return `failures over time: at most ${most} in one of ${counts.length} parts (orange), ${changes}`
}

/** A small time line as PNG: bars for failures, upright lines for changes. No text: that is beside it. */
export function picturePng({ from, to, counts, marks }: FindingPicture): Buffer {
  const pixels = Array.from({ length: HEIGHT }, () => new Uint8Array(WIDTH))
  const fill = (x: number, y: number, width: number, height: number, colour: number) => {
    for (let row = Math.max(0, y); row < Math.min(HEIGHT, y + height); row++) {
      pixels[row]!.fill(colour, Math.max(0, x), Math.max(0, Math.min(WIDTH, x + width)))
    }
  }
  fill(0, 0, WIDTH, HEIGHT, PAPER)
  fill(0, BASE, WIDTH, 1, AXIS)
  const most = Math.max(1, ...counts)
  const step = WIDTH / Math.max(1, counts.length)
  for (const [i, count] of counts.entries()) {
    const height = Math.ceil((count / most) * (BASE - 6))
    fill(Math.round(i * step), BASE - height, Math.max(1, Math.floor(step) - 1), height, BAR)
  }
  for (const at of marks) {
    if (at >= from && at <= to)
      fill(Math.round(((at - from) / Math.max(1, to - from)) * (WIDTH - 2)), 0, 2, HEIGHT, MARK)
  }
  return png(pixels)
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Indexed colours, eight bits each (PNG specification, third edition, section 11). */
function png(rows: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(WIDTH, 0)
  header.writeUInt32BE(HEIGHT, 4)
  header.set([8, 3, 0, 0, 0], 8)
  const lines = Buffer.concat(rows.flatMap(row => [Buffer.of(0), row]))
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(PALETTE.flat())),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
