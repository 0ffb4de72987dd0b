import type { FindingChange, Notification } from './model/index.ts'

/** What an exporter knows of the service that it tells. All the rest, when to tell and whether again, is the outbox's. */
export interface Destination {
  /** Changes that it can do something with; the others pass in silence. */
  readonly wants: ReadonlySet<FindingChange>
  /**
   * It knows a message that it has had by its id, so that one whose answer was lost is sent again. Elsewhere it is not:
   * twice is worse than a doubt that the next message mentions.
   */
  readonly recognisesRepeats: boolean
  /**
   * Sends the message; `thread` is what an earlier message of the same thread left.
   * @throws DeliveryError; anything else counts as `lost`
   */
  deliver(notification: Notification, thread: Thread | undefined, signal: AbortSignal): Promise<Delivery>
  /** Whether a message whose answer was lost has arrived, where the destination can be asked; undefined: it cannot say. */
  find?(
    notification: Notification,
    thread: Thread | undefined,
    signal: AbortSignal,
  ): Promise<Delivery | 'absent' | undefined>
}

/** Names that the destination gave to the first message of a thread. Made of JSON. */
export type Thread = Readonly<Record<string, string>>

export interface Delivery {
  /** What it answered, for people: kept with the message. */
  readonly answer: string
  /** Replaces what is known of the thread. */
  readonly thread?: Thread | undefined
  /** Its limit is reached: nothing more before so many milliseconds. */
  readonly pauseMs?: number | undefined
}

/**
 * - `unsent`: nothing was delivered and trying again helps: no connection, 429, 503.
 * - `misconfigured`: nothing was delivered, and somebody must mend something first: a token, a channel, a name.
 * - `refused`: this very message will never be taken.
 * - `lost`: it was sent and the answer is not known.
 */
export type DeliveryFault = 'unsent' | 'misconfigured' | 'refused' | 'lost'

export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly fault: DeliveryFault
  /** How long the destination wants to be left alone. */
  readonly retryAfterMs: number
  constructor(fault: DeliveryFault, message: string, retryAfterMs = 0, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
    this.retryAfterMs = retryAfterMs
  }
}
