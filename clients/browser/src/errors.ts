import { cleanText } from './clean.ts'
import { quietly, type Recording } from './recording.ts'

const MESSAGE_CHARS_MAX = 1_000
const STACK_CHARS_MAX = 6_000
/** A chain of causes may go round. */
const MAX_CAUSES = 4
/** An error in an animation frame comes sixty times a second: what goes past this is counted. */
const MAX_ERRORS_PER_MINUTE = 30

/** Records uncaught errors and unhandled rejections. Gives what records an error that the page has caught. */
export function watchErrors(recording: Recording): (thrown: unknown) => void {
  const { page } = recording
  let minute = 0
  let count = 0
  let left = 0

  function record(thrown: unknown, isHandled: boolean, fallback = ''): void {
    const now = Math.floor(Date.now() / 60_000)
    if (now !== minute) [minute, count] = [now, 0]
    count += 1
    if (count > MAX_ERRORS_PER_MINUTE) {
      left += 1
      recording.countDropped()
      return
    }
    const { type, message, stack } = readThrown(thrown, fallback)
    recording.log({
      eventName: 'exception',
      severity: 'ERROR',
      body: `${type}: ${message}`,
      attributes: {
        'exception.type': type,
        'exception.message': message,
        'exception.stacktrace': stack,
        'exception.escaped': !isHandled,
        'browser.errors.left_out': left === 0 ? undefined : left,
      },
      context: recording.view,
    })
    left = 0
  }

  page.addEventListener('error', event =>
    quietly(() => {
      // Of another origin's script a browser tells no more than "Script error."; a failed image has no message at all.
      if (typeof event.message === 'string') record(event.error, false, event.message)
    }),
  )
  page.addEventListener('unhandledrejection', event => quietly(() => record(event.reason, false)))
  return thrown => void quietly(() => record(thrown, true))
}

function readThrown(thrown: unknown, fallback: string): { type: string; message: string; stack?: string | undefined } {
  if (thrown instanceof Error) {
    return {
      type: thrown.name,
      message: cleanText(thrown.message, MESSAGE_CHARS_MAX),
      stack: cleanText(stackOf(thrown), STACK_CHARS_MAX),
    }
  }
  // What is no error may be any object of the page, form data included: only a text is told.
  const message = typeof thrown === 'string' ? thrown : fallback || `a thrown ${typeof thrown}`
  return {
    type: thrown === undefined || thrown === null ? 'Error' : typeof thrown,
    message: cleanText(message, MESSAGE_CHARS_MAX),
  }
}

function stackOf(error: Error): string {
  const parts = [error.stack ?? '']
  let { cause } = error
  for (let depth = 0; depth < MAX_CAUSES && cause instanceof Error; depth++) {
    parts.push(`Caused by: ${cause.stack ?? `${cause.name}: ${cause.message}`}`)
    cause = cause.cause
  }
  return parts.join('\n')
}
