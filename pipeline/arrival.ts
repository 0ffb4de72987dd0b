/** A body that is younger is not judged: its first bytes may be all of it. */
const GRACE_MS = 250
const WINDOW_MS = 500
/** What any network that carries telemetry brings along; who is slower gives way, and only when there is no room. */
const SLOW_BYTES_PER_S = 64 * 1024

/** How fast a body arrives, over the last moments and not on the whole: one that came fast and fell silent is slow. */
export class Arrival {
  #windowAt: number
  #bytes = 0
  #lastAt: number
  #lastRate = Number.POSITIVE_INFINITY
  readonly #beganAt: number

  constructor(now: number) {
    this.#beganAt = now
    this.#windowAt = now
    this.#lastAt = now
  }

  note(bytes: number, now: number): void {
    const elapsed = now - this.#windowAt
    if (elapsed >= WINDOW_MS) {
      this.#lastRate = (this.#bytes / elapsed) * 1000
      this.#windowAt = now
      this.#bytes = 0
    }
    this.#bytes += bytes
    this.#lastAt = now
  }

  /** Bytes a second; 0 for a body that has fallen silent. */
  rate(now: number): number {
    if (now - this.#lastAt >= GRACE_MS) return 0
    const elapsed = now - this.#windowAt
    return elapsed < WINDOW_MS ? this.#lastRate : (this.#bytes / elapsed) * 1000
  }

  isSlow(now: number): boolean {
    return now - this.#beganAt >= GRACE_MS && this.rate(now) < SLOW_BYTES_PER_S
  }
}
