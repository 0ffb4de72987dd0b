/**
 * Every error that Sensorium raises on purpose. A code is stable, the message says what to do, `cause` keeps what was
 * underneath. What a sender is told follows from the class: the receivers map classes to statuses, never messages.
 */
export const ERROR_CODES = {
  CONFIG_INVALID: 'the configuration has faults',
  ADDRESS_UNAVAILABLE: 'a listening address is taken or not ours',
  DATABASE_UNREACHABLE: 'no connection to the database',
  DATABASE_UNSUITABLE: 'the database is too old or lacks a right that we need',
  DATA_DIR_IN_USE: 'another process holds the data folder',
  DATA_DIR_UNUSABLE: 'the data folder cannot be created, read or started from',
  MIGRATION_FAILED: 'a migration did not apply',
  COMPONENT_FAILED: 'a component did not start or stop',
  USAGE: 'the command was called with the wrong arguments',
} as const
export type ErrorCode = keyof typeof ERROR_CODES

/** Ends the command with exit code 1: `message` is shown as it stands, so it names the key and the remedy. */
export class SensoriumError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SensoriumError'
    this.code = code
  }
}

/** The batch can never be taken as it is: sending it again is of no use. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError'
}

/**
 * All of the batch's items are safe downstream but `rejected` of them, which are in `dead_letters` (those already in
 * `account.rejected` are not counted again). The receiver answers with `partial_success`; nothing is to be sent again.
 */
export class RejectedRecordsError extends PermanentError {
  override readonly name = 'RejectedRecordsError'
  readonly rejected: number
  constructor(rejected: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.rejected = rejected
  }
}

/** A limit is reached; the sender slows down and sends again after `retryAfterMs`. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError'
  readonly retryAfterMs: number
  constructor(message: string, retryAfterMs: number, options?: ErrorOptions) {
    super(message, options)
    this.retryAfterMs = retryAfterMs
  }
}

/** Something that we need is away (the database, mostly); the sender sends again after `retryAfterMs`. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError'
  readonly retryAfterMs: number
  constructor(message: string, retryAfterMs: number, options?: ErrorOptions) {
    super(message, options)
    this.retryAfterMs = retryAfterMs
  }
}

/** The text of anything that was thrown. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(errorText).join('; ')
  return error instanceof Error ? error.message : String(error)
}
