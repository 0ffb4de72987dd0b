import { createHash } from 'node:crypto'
import { endianness } from 'node:os'
import { EmbeddingError } from '../errors.ts'

/** Vectors of words and of pieces of words, as `embeddings/distil` learns them. */
export interface StaticTable {
  /** Of the file's bytes, 64 hex digits. */
  readonly sha256: string
  readonly dimensions: number
  /** `##` stands before a piece that goes on a word. */
  readonly rowOf: ReadonlyMap<string, number>
  /** Letters of the longest entry. */
  readonly longest: number
  /** `rows` × `dimensions`; a row's numbers times its scale are its vector. */
  readonly numbers: Int8Array
  readonly scales: Float32Array
}

const FORMAT = 1

/**
 * Reads a table: one line of JSON, the entries one a line, a float32 scale for each row, the rows as int8, all
 * little-endian and without padding.
 *
 * @throws EmbeddingError MODEL_UNUSABLE
 */
export function readTable(file: Uint8Array): StaticTable {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const { rows, dimensions, headEnd } = headOf(bytes)
  const numbersAt = bytes.length - rows * dimensions
  const scalesAt = numbersAt - rows * Float32Array.BYTES_PER_ELEMENT
  const entries = scalesAt > headEnd ? bytes.toString('latin1', headEnd + 1, scalesAt - 1).split('\n') : []
  if (entries.length !== rows) throw unusable(`holds ${entries.length} entries where its head says ${rows}`)
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    dimensions,
    rowOf: new Map(entries.map((entry, row) => [entry, row])),
    longest: entries.reduce((longest, entry) => Math.max(longest, entry.length), 1),
    numbers: new Int8Array(bytes.buffer, bytes.byteOffset + numbersAt, rows * dimensions),
    scales: floatsOf(bytes.subarray(scalesAt, numbersAt)),
  }
}

function headOf(bytes: Buffer) {
  const headEnd = bytes.indexOf('\n')
  let head: unknown
  try {
    head = JSON.parse(bytes.toString('latin1', 0, headEnd))
  } catch (error) {
    throw unusable('does not begin with a line of JSON', error)
  }
  const { format, rows, dimensions } = head as Partial<Record<string, unknown>> // each is looked at below
  if (format !== FORMAT) throw unusable(`is of format ${String(format)}; this version reads ${FORMAT}`)
  if (!isCount(rows) || !isCount(dimensions)) throw unusable('says no number of rows or dimensions')
  return { rows, dimensions, headEnd }
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 // an integer is a number
}

/** A copy: where the file lies in memory, floats need not be aligned. */
function floatsOf(bytes: Buffer): Float32Array {
  const copy = Buffer.from(new ArrayBuffer(bytes.length))
  bytes.copy(copy)
  if (endianness() === 'BE') copy.swap32()
  return new Float32Array(copy.buffer)
}

function unusable(what: string, cause?: unknown): EmbeddingError {
  return new EmbeddingError('MODEL_UNUSABLE', `the table of the static provider ${what}; is the file whole?`, { cause })
}
