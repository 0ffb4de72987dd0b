import { Arrival } from './arrival.ts'
import { OverloadedError } from './errors.ts'
import { ActiveSenders } from './senders.ts'

/** How long a sender that was turned away is asked to wait. A group commit takes about this long under full load. */
const RETRY_AFTER_MS = 1_000
/** Of the limit, kept for requests that are small so far: large ones that trickle in must not keep them all out. */
const RESERVE = 1 / 8
const SMALL_BYTES = 256 * 1024
/** Of the limit: below it nobody is in want, and shares are not asked about. */
const UNSHARED = 1 / 2
/** Nothing is answered and others are turned away: after so long it is no burst. */
const STUCK_MS = 10_000

/** What one request holds of the limit, from its first byte to its answer. */
export interface Hold {
  /** Takes `bytes` that have arrived, or that arrived bytes unpack to. @throws OverloadedError when they do not fit. */
  take(bytes: number): void
  /** The body is whole: how long the rest takes is our affair, and it is not cut off any more. */
  arrived(): void
  /** Gives everything back; calling it again does nothing. */
  release(): void
}

interface Request {
  readonly sender: string
  readonly arrival: Arrival
  readonly cut: (error: OverloadedError) => void
  bytes: number
  isWhole: boolean
}

/**
 * The one limit on what the process holds for its senders: encoded bytes between the first read of a request and its
 * answer. All receivers share it, so memory stays bounded however many there are.
 *
 * Bytes count when they are there, not when they are promised. When they do not fit, bodies that have stopped arriving
 * are cut off, the slowest first: a sender that trickles must not keep out one that does not. And a sender that holds
 * more than its share while others are about gets no further request in; alone, it has the whole limit.
 */
export class Admission {
  readonly maxBytes: number
  readonly #now: () => number
  readonly #senders: ActiveSenders
  readonly #arriving = new Set<Request>()
  #heldBytes = 0
  #releasedAt: number
  #refusedAt = Number.NEGATIVE_INFINITY

  constructor(maxBytes: number, now: () => number = () => performance.now()) {
    this.maxBytes = maxBytes
    this.#now = now
    this.#senders = new ActiveSenders(now)
    this.#releasedAt = now()
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Lets a receiver answer before it reads a body of unknown size. @throws OverloadedError when not a byte fits */
  knock(): void {
    if (this.#heldBytes >= this.maxBytes && !this.#makeRoom(1)) throw this.#refuse()
  }

  /**
   * Starts the account of a request of `sender`, as `senderOf` names it. `cut` is called when its body has to give
   * way: it ends the reading, and the account is released like any other. One request larger than the whole limit is
   * let in when nothing else is held.
   */
  hold(sender: string, cut: (error: OverloadedError) => void = () => {}): Hold {
    const request: Request = { sender, arrival: new Arrival(this.#now()), cut, bytes: 0, isWhole: false }
    this.#senders.enter(sender)
    this.#arriving.add(request)
    let isArriving = true
    let isReleased = false
    return {
      take: bytes => {
        request.arrival.note(bytes, this.#now())
        const isCut = isArriving && !this.#arriving.has(request)
        if (isCut || !this.#fits(request, bytes)) throw this.#refuse()
        request.bytes += bytes
        this.#heldBytes += bytes
        this.#senders.add(sender, bytes)
        if (request.isWhole) this.#senders.addWhole(sender, bytes)
      },
      arrived: () => {
        isArriving = false
        this.#arriving.delete(request)
        if (request.isWhole) return
        request.isWhole = true
        this.#senders.addWhole(sender, request.bytes)
      },
      release: () => {
        if (isReleased) return
        isReleased = true
        this.#arriving.delete(request)
        this.#give(request)
        this.#senders.leave(sender)
      },
    }
  }

  refusal(): OverloadedError {
    const megabytes = Math.round(this.maxBytes / 1024 / 1024)
    return new OverloadedError(
      `${megabytes} MiB of telemetry wait for the database (service.limits.max_in_flight_bytes); send again later`,
      RETRY_AFTER_MS,
    )
  }

  /** For `/readyz`. */
  problem(): string | undefined {
    const stuckMs = this.#refusedAt - this.#releasedAt
    if (stuckMs < STUCK_MS || this.#heldBytes === 0) return undefined
    return `senders are turned away, and nothing that was taken has been answered for ${Math.round(stuckMs / 1000)} s`
  }

  #fits(request: Request, bytes: number): boolean {
    const others = this.#heldBytes - request.bytes
    if (others === 0) return true
    const isSmall = request.bytes + bytes <= SMALL_BYTES
    const limit = isSmall ? this.maxBytes : this.maxBytes * (1 - RESERVE)
    const excess = this.#heldBytes + bytes - limit
    if (excess > 0 && !this.#makeRoom(excess, request)) return false
    if (this.#heldBytes + bytes <= this.maxBytes * UNSHARED) return true
    // A small one is not made to pay for bodies of the same address that do not come to an end.
    const own = isSmall ? this.#senders.wholeOf(request.sender) : this.#senders.heldBy(request.sender) - request.bytes
    const overShare = own + request.bytes + bytes - this.#senders.share(this.maxBytes)
    return own === 0 || overShare <= 0 || this.#makeRoom(overShare, request, request.sender)
  }

  /** Cuts off bodies that have stopped arriving until `bytes` are free; none where they would not suffice. */
  #makeRoom(bytes: number, but?: Request, sender?: string): boolean {
    const now = this.#now()
    const slow = [...this.#arriving].filter(
      request => request !== but && request.arrival.isSlow(now) && (sender === undefined || request.sender === sender),
    )
    if (slow.reduce((sum, request) => sum + request.bytes, 0) < bytes) return false
    slow.sort((a, b) => a.arrival.rate(now) - b.arrival.rate(now))
    let free = 0
    for (const request of slow) {
      if (free >= bytes) break
      free += request.bytes
      this.#arriving.delete(request)
      this.#give(request)
      request.cut(this.refusal())
    }
    return true
  }

  #give(request: Request): void {
    this.#heldBytes -= request.bytes
    this.#senders.add(request.sender, -request.bytes)
    if (request.isWhole) this.#senders.addWhole(request.sender, -request.bytes)
    if (request.bytes > 0) this.#releasedAt = this.#now()
    request.bytes = 0
  }

  #refuse(): OverloadedError {
    this.#refusedAt = this.#now()
    return this.refusal()
  }
}
