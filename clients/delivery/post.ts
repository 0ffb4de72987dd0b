import type { Outcome } from './delivery.ts'

export interface PostRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** The request outlives the page; at most 64 KiB in browsers. */
  readonly keepalive?: boolean
}

/** Statuses after which the same request may succeed: time-outs, limits, and an address or a token that can be mended. */
const RETRYABLE = new Set([401, 403, 404, 405, 408, 425, 429])
const ANSWER_CHARS_MAX = 300

/**
 * POST, and what its answer means. 2xx is sent; RETRYABLE, 5xx and redirects are tried again; any other status is a
 * refusal. Redirects are not followed: a signature or a token is for the server that was named.
 */
export async function post(url: string, request: PostRequest, signal: AbortSignal): Promise<Outcome> {
  const response = await fetch(url, {
    method: 'POST',
    headers: request.headers,
    // The types of Node and of browsers differ on what a body is made of; a text or bytes suit both.
    body: request.body as RequestInit['body'],
    keepalive: request.keepalive ?? false,
    // Not 'error', which Cloudflare's runtime refuses before it sends anything.
    redirect: 'manual',
    signal,
  })
  const text = await response.text()
  if (response.ok) return 'sent'
  if (isRedirect(response)) return { retry: `${response.status} is a redirect: the address must be the final one` }
  const said = text.replace(/\s+/g, ' ').slice(0, ANSWER_CHARS_MAX)
  const why = `${response.status}${said === '' ? '' : ` ${said}`}`
  if (!RETRYABLE.has(response.status) && response.status < 500) return { refused: why }
  return { retry: why, retryAfterMs: retryAfterMs(response.headers.get('retry-after')) }
}

/** No server makes a client wait longer than this. */
const RETRY_AFTER_MAX_MS = 60_000

function retryAfterMs(header: string | null): number | undefined {
  const seconds = Number(header ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, RETRY_AFTER_MAX_MS) : undefined
}

/** Browsers hide the status of a redirect that is not followed. */
function isRedirect({ status, type }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400)
}

const encoder = new TextEncoder()

/** What a text weighs in a request: servers and `keepalive` count bytes, not characters. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).length
}
