import type { Outcome } from './delivery.ts'
import { untraced } from './open-telemetry.ts'

export interface PostRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** The request outlives the page; at most 64 KiB in browsers. */
  readonly keepalive?: boolean
}

/** What a server said. `status` is 0 for a redirect that a browser did not follow: it hides the rest. */
export interface Answer {
  readonly status: number
  readonly text: string
  /** The header, as it came. */
  readonly retryAfter: string | undefined
}

/** Statuses after which the same request may succeed: time-outs, limits, and an address or a token that can be mended. */
const RETRYABLE = new Set([401, 403, 404, 405, 408, 425, 429])
const ANSWER_CHARS_MAX = 300

/** POST, and what its answer means. */
export async function post(url: string, request: PostRequest, signal: AbortSignal): Promise<Outcome> {
  return outcomeOf(await ask(url, request, signal))
}

/** Redirects are not followed: a signature or a token is for the server that was named. */
export async function ask(url: string, request: PostRequest, signal: AbortSignal): Promise<Answer> {
  const init: RequestInit = {
    method: 'POST',
    headers: request.headers,
    // The types of Node and of browsers differ on what a body is made of; a text or bytes suit both.
    body: request.body as RequestInit['body'],
    keepalive: request.keepalive ?? false,
    // Not 'error', which Cloudflare's runtime refuses before it sends anything.
    redirect: 'manual',
    signal,
  }
  const response = await untraced(() => fetch(url, init))
  const text = await response.text()
  return { status: response.status, text, retryAfter: response.headers.get('retry-after') ?? undefined }
}

/** 2xx is sent; RETRYABLE, 5xx and redirects are tried again; any other status is a refusal. */
export function outcomeOf({ status, text, retryAfter }: Answer): Outcome {
  if (status >= 200 && status < 300) return 'sent'
  if (status < 400) return { retry: `${status} is a redirect: the address must be the final one` }
  const said = text.replace(/\s+/g, ' ').trim().slice(0, ANSWER_CHARS_MAX)
  const why = `${status}${said === '' ? '' : ` ${said}`}`
  if (!RETRYABLE.has(status) && status < 500) return { refused: why }
  return { retry: why, retryAfterMs: retryAfterMs(retryAfter) }
}

/** No server makes a client wait longer than this. */
const RETRY_AFTER_MAX_MS = 60_000

function retryAfterMs(header: string | undefined): number | undefined {
  const seconds = Number(header ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, RETRY_AFTER_MAX_MS) : undefined
}

const encoder = new TextEncoder()

/** What a text weighs in a request: servers and `keepalive` count bytes, not characters. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).length
}
