import type { Attributes } from '@opentelemetry/api'
export type Level = 'debug' | 'info' | 'warn' | 'error'

/** What the errors of a service have in common: how they are answered, and how loudly they are logged. */
export class ServiceError extends Error {
  /** The HTTP status, or the gRPC status that corresponds to it. */
  readonly status: number
  readonly level: Level
  constructor(status: number, level: Level, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.status = status
    this.level = level
  }
}

/** Another service answered with a failure. What was wrong there does not cross the wire: only the status does. */
export class UpstreamError extends ServiceError {
  readonly answered: number
  constructor(peer: string, operation: string, answered: number, status: string) {
    const passedOn = answered < 500 ? answered : 502
    super(passedOn, answered < 500 ? 'warn' : 'error', `${peer} answered ${status} to ${operation}`)
    this.answered = answered
  }
}

export function statusOf(error: unknown): number {
  return error instanceof ServiceError ? error.status : 500
}

export function levelOf(error: Error): Level {
  return error instanceof ServiceError ? error.level : 'error'
}

const recorded = new WeakSet<Error>()

/** True from the second time on. */
export function isRecorded(error: Error): boolean {
  if (recorded.has(error)) return true
  recorded.add(error)
  return false
}

/** The stack as thrown, and below it those of its causes, as loggers for Node.js write them. */
export function stackOf(error: Error): string {
  const own = error.stack ?? String(error)
  return error.cause instanceof Error ? `${own}\nCaused by: ${stackOf(error.cause)}` : own
}

export function failureAttributes(error: Error): Attributes {
  return { 'exception.type': error.name, 'exception.message': error.message, 'exception.stacktrace': stackOf(error) }
}
