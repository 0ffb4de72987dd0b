import { ARENA_BYTES, type Arena, type ArenaPool, type Slice } from './arena.ts'

/**
 * Memory to write slices into, one after the other. `bytes`, `view` and `at` are open: who writes calls `reserve`,
 * fills in place and moves `at` on. That saves a call and a check for each field.
 */
export class SliceWriter {
  bytes: Buffer
  view: DataView
  at = 0
  #start = 0
  #arena: Arena
  readonly #pool: ArenaPool

  constructor(pool: ArenaPool) {
    this.#pool = pool
    this.#arena = pool.take(ARENA_BYTES)
    this.bytes = this.#arena.bytes
    this.view = this.#arena.view
  }

  /** Begins a slice of about `estimatedBytes`. A low estimate costs a move of what is written, nothing else. */
  open(estimatedBytes: number): void {
    if (this.#arena.users === 0) this.at = 0
    this.#start = this.at
    if (this.at + estimatedBytes > this.bytes.length) this.#move(estimatedBytes)
  }

  /** Ends the slice. Its bytes stand until it is handed to `release`. */
  close(rows: number): Slice {
    this.#arena.users++
    return { arena: this.#arena, start: this.#start, end: this.at, rows }
  }

  release(slice: Slice): void {
    slice.arena.users--
    if (slice.arena.users === 0 && slice.arena !== this.#arena) this.#pool.give(slice.arena)
  }

  /** Makes sure of `size` more bytes. It may move the slice: only positions relative to `written` outlive a call. */
  reserve(size: number): void {
    if (this.at + size > this.bytes.length) this.#move(this.at - this.#start + size)
  }

  /** How long the open slice is. */
  get written(): number {
    return this.at - this.#start
  }

  /** Takes back what came after `written` was that much: a row that cannot be encoded. */
  rewind(written: number): void {
    this.at = this.#start + written
  }

  /** Goes on in another arena that has room for `size` bytes of the open slice, what it has so far included. */
  #move(size: number): void {
    const written = this.at - this.#start
    // Twice the size, once it grows: else a large request would be moved for each of its fields.
    const next = this.#pool.take(written === 0 ? size : size * 2)
    this.bytes.copy(next.bytes, 0, this.#start, this.at)
    if (this.#arena.users === 0) this.#pool.give(this.#arena)
    this.#arena = next
    this.bytes = next.bytes
    this.view = next.view
    this.#start = 0
    this.at = written
  }
}
