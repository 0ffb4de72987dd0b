import { OverloadedError } from './errors.ts'

/** How long a sender that was turned away is asked to wait. A group commit takes about this long under full load. */
const RETRY_AFTER_MS = 1_000

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

  /**
   * Takes `bytes` and returns the function that gives them back (once; later calls do nothing).
   * @throws OverloadedError when they do not fit. A request larger than the whole limit is let in when nothing else is.
   */
  admit(bytes: number): () => void {
    if (this.#heldBytes > 0 && this.#heldBytes + bytes > this.maxBytes) throw this.refusal()
    this.#heldBytes += bytes
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#heldBytes -= bytes
    }
  }

  refusal(): OverloadedError {
    const megabytes = Math.round(this.maxBytes / 1024 / 1024)
    return new OverloadedError(
      `${megabytes} MiB of telemetry wait for the database; send again later`,
      RETRY_AFTER_MS,
    )
  }
}
