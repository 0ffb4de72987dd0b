import { OverloadedError } from './errors.ts'

/** How long a sender that was turned away is asked to wait. A group commit takes about this long under full load. */
const RETRY_AFTER_MS = 1_000

/** What one request holds of the limit, from its first byte to its answer. */
export interface Hold {
  /** Takes `bytes` more. @throws OverloadedError when they do not fit. */
  take(bytes: number): void
  /** Gives everything back; calling it again does nothing. */
  release(): void
}

/**
 * The one limit on what the process holds for its senders: encoded bytes between the first read of a request and its
 * answer. All receivers share it, so memory stays bounded however many there are.
 */
export class Admission {
  readonly maxBytes: number
  #heldBytes = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** True when a request of unknown size would be turned away: lets a receiver answer before it reads the body. */
  get isFull(): boolean {
    return this.#heldBytes >= this.maxBytes
  }

  /** Starts a request's account. One request larger than the whole limit is let in when nothing else is held. */
  hold(): Hold {
    let own = 0
    return {
      take: bytes => {
        const others = this.#heldBytes - own
        if (others > 0 && this.#heldBytes + bytes > this.maxBytes) throw this.refusal()
        own += bytes
        this.#heldBytes += bytes
      },
      release: () => {
        this.#heldBytes -= own
        own = 0
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
}
