import { setTimeout as sleep } from 'node:timers/promises'
import { post } from '../../delivery/post.ts'

export interface Server {
  readonly url: string
  readonly token: string | undefined
}

/** `waits`: the report is good, and this is why it could not be handed over. `refused`: it never will be. */
export type Handover = 'sent' | { readonly waits: string } | { readonly refused: string }

const REQUEST_TIMEOUT_MS = 15_000
/** A runner is thrown away with its spool: a short absence is worth two more tries. */
const MAX_TRIES = 3
const PAUSE_MS = 300
/** A build is not held up for a server that asks for more. */
const MAX_PAUSE_MS = 5_000

/** Hands one report over, with at most two more tries, all of it before `endMs` (unix milliseconds). Never rejects. */
export async function handOver(body: string, server: Server, endMs: number): Promise<Handover> {
  // What fetch says of such an address has the address in it, password and all.
  if (!isAddress(server.url)) return { waits: 'cannot be asked: the address must be http or https, without a password' }
  for (let tries = 1; ; tries++) {
    const result = await tryOnce(body, server, endMs)
    if (result === 'sent' || !('again' in result)) return result
    const pauseMs = result.again ?? PAUSE_MS * 2 ** (tries - 1)
    const hasTime = pauseMs <= MAX_PAUSE_MS && Date.now() + pauseMs < endMs
    if (tries === MAX_TRIES || !hasTime) return { waits: result.waits }
    await sleep(pauseMs)
  }
}

type Tried = Handover | { readonly waits: string; readonly again: number | undefined }

/** What a person has to mend: to ask again at once is of no use, and the report waits until it is mended. */
const MENDABLE: readonly (readonly [RegExp, string])[] = [
  [/^40[13]\b/, 'does not take the token'],
  [/^(?:3\d\d|40[45])\b/, 'has no such address'],
]

async function tryOnce(body: string, { url, token }: Server, endMs: number): Promise<Tried> {
  const limitMs = Math.min(REQUEST_TIMEOUT_MS, endMs - Date.now())
  if (limitMs <= 0) return { waits: 'has not taken everything in the time that a build gives' }
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (token !== undefined) headers.authorization = `Bearer ${token}`
  try {
    const outcome = await post(url, { headers, body }, AbortSignal.timeout(limitMs))
    if (outcome === 'sent') return 'sent'
    if ('refused' in outcome) return outcome
    const mendable = MENDABLE.find(([pattern]) => pattern.test(outcome.retry))
    if (mendable !== undefined) return { waits: `${mendable[1]}: ${outcome.retry}` }
    return { waits: `takes no report now: ${outcome.retry}`, again: outcome.retryAfterMs }
  } catch (error) {
    return faultOf(error, limitMs)
  }
}

/** fetch says `fetch failed` and keeps the reason in `cause`. */
function faultOf(error: unknown, limitMs: number): Tried {
  // As fetch throws.
  const { name, message, cause } = error as {
    name?: string
    message?: string
    cause?: { code?: string; message?: string }
  }
  if (name === 'TimeoutError' || name === 'AbortError') return { waits: `did not answer within ${limitMs} ms` }
  return {
    waits: `cannot be reached: ${cause?.code ?? cause?.message ?? message ?? 'the request failed'}`,
    again: undefined,
  }
}

function isAddress(url: string): boolean {
  try {
    const { protocol, username, password } = new URL(url)
    return (protocol === 'http:' || protocol === 'https:') && username === '' && password === ''
  } catch {
    return false
  }
}
