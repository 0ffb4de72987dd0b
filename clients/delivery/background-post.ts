import type http from 'node:http'
import type { Outcome } from './delivery.ts'
import { processOf } from './on-exit.ts'
import { untraced } from './open-telemetry.ts'
import { type Answer, ask, outcomeOf, type PostRequest } from './post.ts'
import { releaseProcess } from './release-process.ts'

/** An answer has no more to say; one without an end must not fill the memory. */
const ANSWER_CHARS_MAX = 65_536

/** POST, and what its answer means. Where Node runs it, a request that waits for the server does not hold the process. */
export async function postInBackground(url: string, request: PostRequest, signal: AbortSignal): Promise<Outcome> {
  return outcomeOf(await askInBackground(url, request, signal))
}

/** fetch keeps a process that is done until the server has answered; the sockets of node:http can be told not to. */
export async function askInBackground(url: string, request: PostRequest, signal: AbortSignal): Promise<Answer> {
  const node = await nodeHttp(new URL(url).protocol)
  return node === undefined ? ask(url, request, signal) : exchange(node, url, request, signal)
}

type Http = Pick<typeof http, 'request'>

/**
 * Looked up when it is needed, and by a name that is put together: bundlers for other runtimes must not find it.
 * Undefined in those, which say who they are where they have modules of Node's name.
 */
async function nodeHttp(protocol: string): Promise<Http | undefined> {
  const { navigator } = globalThis as { navigator?: { readonly userAgent?: string } } // which Node 18 has not
  const own = processOf()
  const isNode = own?.versions?.node !== undefined && (navigator?.userAgent ?? 'Node.js').startsWith('Node.js')
  if (!isNode) return undefined
  const name = ['node', protocol === 'https:' ? 'https' : 'http'].join(':')
  try {
    return (own.getBuiltinModule?.(name) ?? (await import(name))) as Http // the module of that name
  } catch {
    return undefined
  }
}

function exchange(node: Http, url: string, { headers, body }: PostRequest, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sending = untraced(() => node.request(url, { method: 'POST', headers: { ...headers }, signal }))
    releaseProcess(sending)
    sending.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed the idle connection just as it was used again: another one will do.
      if (sending.reusedSocket && error.code === 'ECONNRESET') resolve(exchange(node, url, { headers, body }, signal))
      else reject(error)
    })
    sending.on('close', () => reject(new Error('the connection was closed before the answer')))
    sending.on('response', response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => {
        text += piece
        if (text.length > ANSWER_CHARS_MAX) response.destroy(new Error('the answer has no end'))
      })
      response.on('error', reject)
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text, retryAfter: response.headers['retry-after'] })
      })
    })
    sending.end(body)
  })
}
