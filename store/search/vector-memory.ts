import type pg from 'pg'
import { type Background, backgroundOf } from './fuse.ts'

/** A fingerprint and the cosine of its vector with the one asked for. */
export interface Neighbour {
  readonly fingerprint: bigint
  readonly measure: number
}

interface Holding {
  has(fingerprint: bigint): boolean
}

/** Rows of one page: some 10 ms of work, after which the process answers others. */
const PAGE_ROWS = 1_000
const FIRST_ROOM = 1_024
/** Of an array in PostgreSQL's binary format: dimensions, flag, element type, length, lower bound. */
const ARRAY_HEADER_BYTES = 20
/** Each element comes with its length before it. */
const ELEMENT_BYTES = 8

/**
 * The vectors of one model in this process, for databases without pgvector: distinct problems are few enough to be
 * compared with all. Holds 4 bytes a dimension; what was embedded since the last call is read before each search.
 */
export class VectorMemory {
  readonly #model: string
  readonly #dimensions: number
  #vectors: Float32Array
  #fingerprints: bigint[] = []
  #newest = '0'
  #loading: Promise<void> | undefined

  constructor(model: string, dimensions: number) {
    this.#model = model
    this.#dimensions = dimensions
    this.#vectors = new Float32Array(FIRST_ROOM * dimensions)
  }

  get size(): number {
    return this.#fingerprints.length
  }

  /**
   * The nearest by cosine, those of `also` whatever their cosine is, and how near all are. `vector` has length one; of
   * the nearest only fingerprints in `among` count where that is given.
   */
  async nearest(
    client: pg.ClientBase,
    vector: Float32Array,
    limit: number,
    { among, also }: { readonly among?: Holding | undefined; readonly also?: Holding | undefined } = {},
  ): Promise<{ readonly nearest: Neighbour[]; readonly background: Background }> {
    await this.read(client)
    const best = new Best(limit)
    const others: Neighbour[] = []
    let sum = 0
    let squares = 0
    for (let row = 0; row < this.#fingerprints.length; row++) {
      const fingerprint = this.#fingerprints[row]!
      const measure = this.#dot(vector, row)
      sum += measure
      squares += measure * measure
      if (among !== undefined && !among.has(fingerprint)) continue
      if (also?.has(fingerprint)) others.push({ fingerprint, measure })
      else best.offer(fingerprint, measure)
    }
    const nearest = [...best.ranked(), ...others].sort((a, b) => b.measure - a.measure)
    return { nearest, background: backgroundOf(this.#fingerprints.length, sum, squares) }
  }

  /** Reads what was embedded since the last call; who comes meanwhile waits for the same. */
  read(client: pg.ClientBase, signal?: AbortSignal): Promise<void> {
    this.#loading ??= this.#load(client, signal).finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  #dot(vector: Float32Array, row: number): number {
    const vectors = this.#vectors
    const offset = row * this.#dimensions
    let sum = 0
    for (let i = 0; i < this.#dimensions; i++) sum += vector[i]! * vectors[offset + i]!
    return sum
  }

  async #load(client: pg.ClientBase, signal: AbortSignal | undefined): Promise<void> {
    while (signal?.aborted !== true) {
      // In binary, inside base64: as text, each number would be written and parsed digit by digit.
      const { rows } = await client.query<{ seq: string; fingerprint: string; embedding: string }>(
        `SELECT seq, fingerprint, encode(array_send(embedding), 'base64') AS embedding FROM fingerprint_embeddings
         WHERE model = $1 AND seq > $2 ORDER BY seq LIMIT ${PAGE_ROWS}`,
        [this.#model, this.#newest],
      )
      for (const { seq, fingerprint, embedding } of rows) {
        this.#add(BigInt(fingerprint), Buffer.from(embedding, 'base64'))
        this.#newest = seq
      }
      if (rows.length < PAGE_ROWS) return
    }
  }

  #add(fingerprint: bigint, array: Buffer): void {
    // A vector of another size cannot be compared: someone wrote it by hand.
    if (array.length !== ARRAY_HEADER_BYTES + this.#dimensions * ELEMENT_BYTES) return
    const row = this.#fingerprints.push(fingerprint) - 1
    if ((row + 1) * this.#dimensions > this.#vectors.length) {
      const grown = new Float32Array(this.#vectors.length * 2)
      grown.set(this.#vectors)
      this.#vectors = grown
    }
    const offset = row * this.#dimensions
    for (let i = 0; i < this.#dimensions; i++) {
      this.#vectors[offset + i] = array.readFloatBE(ARRAY_HEADER_BYTES + i * ELEMENT_BYTES + 4)
    }
  }
}

/** Keeps the `limit` largest of what it is offered. */
class Best {
  readonly #limit: number
  readonly #kept: Neighbour[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  offer(fingerprint: bigint, measure: number): void {
    const kept = this.#kept
    if (kept.length === this.#limit && measure <= kept[kept.length - 1]!.measure) return
    let place = kept.length
    while (place > 0 && kept[place - 1]!.measure < measure) place -= 1
    kept.splice(place, 0, { fingerprint, measure })
    if (kept.length > this.#limit) kept.pop()
  }

  ranked(): Neighbour[] {
    return this.#kept
  }
}
