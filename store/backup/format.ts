import { errorText, SensoriumError } from '../../pipeline/errors.ts'

/**
 * A backup, before its compression: a line of JSON that says what it is; for each table a line of JSON and the table's
 * rows as COPY's binary format in pieces, each after its length in four bytes, a length of 0 closing them; and a last
 * line with the number of rows of every table, without which it is not whole.
 */
export const FORMAT = 'sensorium backup 1'

export interface Head {
  readonly format: typeof FORMAT
  readonly made_at: string
  readonly footing: string
  /** Checksums of the migrations that the tables come from, in their order. */
  readonly migrations: readonly string[]
}

export interface TableHead {
  readonly table: string
  readonly columns: readonly string[]
  /** Where its rows lie in time, so that a restore can make the partitions first: milliseconds since 1970. */
  readonly ranges: readonly (readonly [from: number, to: number])[]
}

export interface Tail {
  readonly rows: Readonly<Record<string, number>>
}

export function line(value: Head | TableHead | Tail): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}

export function piece(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

export const END_OF_ROWS: Buffer = Buffer.alloc(4)

/** Longer than any line or piece that is written: a damaged length must not ask for all of the memory. */
const PART_BYTES_MAX = 64 * 1024 * 1024

export interface Reader {
  line(): Promise<unknown>
  /** The pieces up to the end of a table's rows. */
  pieces(): AsyncGenerator<Buffer>
}

/** @throws SensoriumError USAGE where the bytes are no whole backup. */
export function readerOf(source: AsyncIterable<Buffer>): Reader {
  const chunks = source[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  async function more(): Promise<void> {
    const { value, done } = await chunks.next().catch((cause: unknown) => {
      throw damaged(errorText(cause), cause)
    })
    if (done === true) throw damaged('it ends too early')
    held = held.length === 0 ? value : Buffer.concat([held, value])
    if (held.length > PART_BYTES_MAX) throw damaged('a part of it is too long')
  }
  async function take(bytes: number): Promise<Buffer> {
    if (bytes > PART_BYTES_MAX) throw damaged('a part of it is too long')
    while (held.length < bytes) await more()
    const taken = held.subarray(0, bytes)
    held = held.subarray(bytes)
    return taken
  }
  return {
    async line() {
      let end = held.indexOf(10)
      for (; end < 0; end = held.indexOf(10)) await more()
      const text = (await take(end + 1)).toString('utf8')
      try {
        return JSON.parse(text)
      } catch (cause) {
        throw damaged('a line of it cannot be read', cause)
      }
    },
    async *pieces() {
      for (;;) {
        const length = (await take(4)).readUInt32BE()
        if (length === 0) return
        yield await take(length)
      }
    },
  }
}

export function damaged(what: string, cause?: unknown): SensoriumError {
  return new SensoriumError('USAGE', `the file is no whole backup of Sensorium: ${what}`, { cause })
}
