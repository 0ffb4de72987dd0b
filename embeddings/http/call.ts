import { EmbeddingError, errorText } from '../errors.ts'
import { type Answer, readAnswer, requestBody } from './answers.ts'
import { retryAfterMs } from './retry.ts'
import type { HttpSettings } from './settings.ts'

/** Statuses after which the same call may succeed: overload, restarts, proxies. */
const RETRYABLE = new Set([408, 425, 429, 500, 502, 503, 504])
/** What a number may take in JSON, with its comma. */
const MAX_CHARS_PER_NUMBER = 32
/** For everything in an answer but its numbers; and for the text of a refusal. */
const ENVELOPE_BYTES = 256 * 1024
/** How much of a refusal's text is worth showing. */
const SHOWN_CHARS = 300

/** One call for at most `batch_size` texts. @throws EmbeddingError; the reason of `signal` when it aborts */
export async function call(settings: HttpSettings, texts: readonly string[], signal: AbortSignal): Promise<Answer> {
  const timeout = AbortSignal.timeout(settings.timeout_ms)
  try {
    const response = await fetch(addressOf(settings), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(settings.token !== undefined && { authorization: `Bearer ${settings.token}` }),
      },
      body: JSON.stringify(requestBody(settings, texts)),
      redirect: 'error',
      signal: AbortSignal.any([signal, timeout]),
    })
    const text = await readLimited(response, texts.length * settings.dimensions * MAX_CHARS_PER_NUMBER + ENVELOPE_BYTES)
    if (!response.ok) throw refusalOf(settings, response, text)
    return readAnswer(settings, parsed(settings, text), texts.length)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof EmbeddingError) throw error
    const why = timeout.aborted ? `did not answer within timeout_ms, ${settings.timeout_ms} ms` : errorText(error)
    throw new EmbeddingError('SERVICE_UNAVAILABLE', `the embedding service ${settings.url}: ${why}`, { cause: error })
  }
}

/** `/v1` may be written or not: OpenAI's own base URL ends with it. */
export function addressOf({ url, api }: Pick<HttpSettings, 'url' | 'api'>): string {
  const base = url.replace(/\/+$/, '')
  return api === 'embed' ? `${base}/embed` : `${base.replace(/\/v1$/, '')}/v1/embeddings`
}

/** A service that went mad must not fill our memory. */
async function readLimited(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > maxBytes)
      throw new EmbeddingError('SERVICE_REFUSED', `${response.url} answered with more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length).toString('utf8')
}

function parsed(settings: HttpSettings, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new EmbeddingError('SERVICE_REFUSED', `${addressOf(settings)} did not answer in JSON: ${shown(text)}`, {
      cause: error,
    })
  }
}

function refusalOf(settings: HttpSettings, response: Response, text: string): EmbeddingError {
  const what = `${addressOf(settings)} answered ${response.status}: ${messageIn(text)}`
  if (RETRYABLE.has(response.status)) {
    const after = retryAfterMs(response.headers.get('retry-after'), Date.now())
    return new EmbeddingError('SERVICE_UNAVAILABLE', what, after === undefined ? {} : { retryAfterMs: after })
  }
  const advice: Readonly<Record<number, string>> = {
    401: '; set token to one that the service knows',
    403: '; set token to one that the service knows',
    404: '; check url, api and model',
    413: `; lower batch_size, which is ${settings.batch_size}`,
  }
  return new EmbeddingError('SERVICE_REFUSED', what + (advice[response.status] ?? ''))
}

/** `{"error": {"message"}}` and `{"error"}` are what services write; anything else is shown as it is. */
function messageIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: string | { message?: string } } // checked below
    const message = typeof error === 'object' ? error.message : error
    if (typeof message === 'string') return shown(message)
  } catch {
    // Not JSON: shown as it is.
  }
  return shown(text)
}

function shown(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > SHOWN_CHARS ? `${line.slice(0, SHOWN_CHARS)}…` : line
}
