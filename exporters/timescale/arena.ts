/**
 * One piece of memory for many encoded requests, used from front to back. Rows are encoded where they are sent from,
 * so a request costs no allocation of its own, and requests that follow each other go to the socket as one write.
 */
export interface Arena {
  readonly bytes: Buffer
  readonly view: DataView
  /** Slices that are still to be sent or may have to be sent again. */
  users: number
}

/** Encoded rows of one table: whole binary COPY tuples, without COPY's header and trailer. */
export interface Slice {
  readonly arena: Arena
  readonly start: number
  readonly end: number
  readonly rows: number
}

/** Room for several requests of the collector's usual size, and little beside the limit on held bytes. */
export const ARENA_BYTES = 4 * 1024 * 1024

/** Kept for the next requests when free: what a busy exporter turns over. The rest goes back to the system. */
const SPARE_ARENAS_MAX = 8

export class ArenaPool {
  readonly #spare: Arena[] = []
  #heldBytes = 0

  /** Bytes of all arenas that hold or receive rows; spare ones are not counted. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  take(minBytes: number): Arena {
    const arena = (minBytes <= ARENA_BYTES ? this.#spare.pop() : undefined) ?? newArena(Math.max(minBytes, ARENA_BYTES))
    this.#heldBytes += arena.bytes.length
    return arena
  }

  /** Only once nothing refers to the arena's bytes: they are overwritten. Larger than usual ones are not kept. */
  give(arena: Arena): void {
    this.#heldBytes -= arena.bytes.length
    if (arena.bytes.length === ARENA_BYTES && this.#spare.length < SPARE_ARENAS_MAX) this.#spare.push(arena)
  }
}

function newArena(size: number): Arena {
  const bytes = Buffer.allocUnsafeSlow(size)
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), users: 0 }
}
