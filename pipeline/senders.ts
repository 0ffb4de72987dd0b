/** A sender counts for so long after its last request: between two tries it is still there. */
const ACTIVE_MS = 2_000
/** The share of many senders is never less than this part: they do not all send at the same moment. */
const MAX_SHARES = 8

interface Sender {
  bytes: number
  /** Of those, of requests that have come whole. */
  wholeBytes: number
  requests: number
  seenAt: number
}

/** Who sends, and how much of the limit each holds. */
export class ActiveSenders {
  readonly #now: () => number
  readonly #senders = new Map<string, Sender>()
  #sweptAt = Number.NEGATIVE_INFINITY

  constructor(now: () => number) {
    this.#now = now
  }

  enter(name: string): void {
    const now = this.#now()
    const sender = this.#senders.get(name)
    if (sender === undefined) this.#senders.set(name, { bytes: 0, wholeBytes: 0, requests: 1, seenAt: now })
    else {
      sender.requests += 1
      sender.seenAt = now
    }
    this.#sweep(now)
  }

  leave(name: string): void {
    const sender = this.#senders.get(name)
    if (sender === undefined) return
    sender.requests -= 1
    sender.seenAt = this.#now()
  }

  add(name: string, bytes: number): void {
    const sender = this.#senders.get(name)
    if (sender !== undefined) sender.bytes += bytes
  }

  addWhole(name: string, bytes: number): void {
    const sender = this.#senders.get(name)
    if (sender !== undefined) sender.wholeBytes += bytes
  }

  wholeOf(name: string): number {
    return this.#senders.get(name)?.wholeBytes ?? 0
  }

  heldBy(name: string): number {
    return this.#senders.get(name)?.bytes ?? 0
  }

  /** What one sender may hold: all of it alone, a half beside another, and so on. */
  share(maxBytes: number): number {
    this.#sweep(this.#now())
    return maxBytes / Math.min(Math.max(this.#senders.size, 1), MAX_SHARES)
  }

  /** Forgets those who have left. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < ACTIVE_MS / 4) return
    this.#sweptAt = now
    for (const [name, { requests, seenAt }] of this.#senders) {
      if (requests === 0 && now - seenAt > ACTIVE_MS) this.#senders.delete(name)
    }
  }
}
