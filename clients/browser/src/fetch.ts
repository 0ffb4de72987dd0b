import { cleanText } from './clean.ts'
import { quietly, type Recording } from './recording.ts'
import { type StartedRequest, startRequest } from './requests.ts'

const MESSAGE_CHARS_MAX = 300

/**
 * A span for each `fetch`, from the call to the answer's headers. The page gets a promise that comes after ours, so
 * that a rejection that nobody handles is still one that nobody handled.
 */
export function instrumentFetch(recording: Recording): void {
  const { page } = recording
  const original = page.fetch
  page.fetch = (input, init) => {
    const begun = quietly(() => begin(recording, input, init))
    if (begun === undefined) return original.call(page, input, init)
    return original.call(page, input, begun.init).then(
      answer => {
        quietly(() => begun.request.answered(answer.status))
        return answer
      },
      (error: unknown) => {
        quietly(() => fail(begun.request, error))
        throw error
      },
    )
  }
}

function begin(recording: Recording, input: Parameters<typeof fetch>[0], init: RequestInit | undefined) {
  const isRequest = input instanceof Request
  const method = init?.method ?? (isRequest ? input.method : 'GET')
  const request = startRequest(recording, method, isRequest ? input.url : String(input))
  if (request === undefined) return undefined
  // A Request in the place of the settings has its fields on its prototype, which a copy would lose.
  if (request.traceparent === undefined || init instanceof Request) return { request, init }
  const headers = new Headers(init?.headers ?? (isRequest ? input.headers : undefined))
  if (!headers.has('traceparent')) headers.set('traceparent', request.traceparent)
  return { request, init: { ...init, headers } }
}

function fail(request: StartedRequest, error: unknown): void {
  if (!(error instanceof Error)) request.failed(typeof error, 'the request was given up')
  else if (error.name === 'AbortError') request.aborted()
  else request.failed(error.name, cleanText(error.message, MESSAGE_CHARS_MAX))
}
