import type { Target } from '../../delivery/otlp-http.ts'
import type { Base } from './log-record.ts'

/** What the transport is told; it goes to the worker as a message. */
export interface OtlpStreamOptions {
  readonly target: Target
  /** `service.name` and the like. */
  readonly resource: Readonly<Record<string, string | number>>
  readonly base: Base
  readonly backoffMinMs?: number
  readonly backoffMaxMs?: number
}

export interface LoggerStatus {
  /** Records that were taken. */
  readonly sent: number
  /** Records that wait. */
  readonly pending: number
  /** Records that were lost: no room, refused, or not sent when the program ended. */
  readonly dropped: number
}

/** The event by which the worker tells the main thread its LoggerStatus. */
export const STATUS_EVENT = 'sensorium:status'
