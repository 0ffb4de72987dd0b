import http from 'node:http'
import https from 'node:https'
import { background, type Outcome } from '../../delivery/delivery.ts'
import { untraced } from '../../delivery/open-telemetry.ts'
import { releaseProcess } from '../../delivery/release-process.ts'

export interface Requester {
  /** POST with the node's key. Resolves within `timeoutMs` and never rejects. */
  send(route: string, body: string): Promise<Outcome>
  /** Ends what is under way, which is then to be sent again. */
  close(): void
}

/**
 * The statuses that are about the report itself. All others, such as 401 for a revoked key or 404 for an address that
 * is not Sensorium's, can be mended: what was not taken then is kept.
 */
const REFUSED_STATUSES = new Set([400, 413, 422])
const MAX_ANSWER_CHARS = 300
/** A heartbeat and a report at once. */
const MAX_SOCKETS = 2
const RETRY_AFTER_MAX_MS = 300_000

/**
 * `node:http` and not fetch: its sockets can be unreferenced, so that a request to a server that never answers does not
 * keep a process that is done. Whoever waits for an answer keeps the process by a timer.
 */
export function createRequester(server: { readonly url: URL; readonly key: string }, timeoutMs: number): Requester {
  const { request, Agent } = server.url.protocol === 'https:' ? https : http
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS })
  const base = `${server.url.origin}${server.url.pathname.replace(/\/+$/, '')}`
  const underWay = new Set<(why: string) => void>()

  function exchange(route: string, body: string, settle: (outcome: Outcome) => void): http.ClientRequest {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-node-key': server.key,
    }
    const sending = untraced(() => request(`${base}${route}`, { method: 'POST', agent, headers }))
    releaseProcess(sending)
    sending.on('error', error => settle({ retry: reasonOf(error) }))
    sending.on('close', () => settle({ retry: 'the connection was closed before the answer' }))
    sending.on('response', response => {
      let said = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        if (said.length < MAX_ANSWER_CHARS) said += text
      })
      response.on('error', error => settle({ retry: reasonOf(error) }))
      response.on('end', () => settle(outcomeOf(response, said)))
    })
    sending.end(body)
    return sending
  }

  return {
    send(route, body) {
      return new Promise<Outcome>(resolve => {
        let sending: http.ClientRequest | undefined
        const giveUp = (why: string) => {
          settle({ retry: why })
          sending?.destroy()
        }
        const limit = background(() => giveUp(`no answer within ${timeoutMs} ms`), timeoutMs)
        const settle = (outcome: Outcome) => {
          clearTimeout(limit)
          underWay.delete(giveUp)
          resolve(outcome)
        }
        underWay.add(giveUp)
        try {
          sending = exchange(route, body, settle)
        } catch (error) {
          settle({ retry: reasonOf(error) })
        }
      })
    },
    close() {
      for (const giveUp of underWay) giveUp('the agent was stopped')
      agent.destroy()
    },
  }
}

function outcomeOf(response: http.IncomingMessage, said: string): Outcome {
  const status = response.statusCode ?? 0
  if (status >= 200 && status < 300) return 'sent'
  const why = `${status} ${said.replace(/\s+/g, ' ').slice(0, MAX_ANSWER_CHARS)}`.trim()
  if (REFUSED_STATUSES.has(status)) return { refused: why }
  const seconds = Number(response.headers['retry-after'] ?? Number.NaN)
  const isAsked = Number.isFinite(seconds) && seconds >= 0
  return { retry: why, ...(isAsked ? { retryAfterMs: Math.min(seconds * 1000, RETRY_AFTER_MAX_MS) } : {}) }
}

/** The code where there is one: messages of failed connections are empty or repeat the address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the request failed'
  return 'code' in error ? String(error.code) : error.message
}
