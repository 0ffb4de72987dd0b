import { type IncomingHttpHeaders, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { errorText } from '../errors.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH'
  /** From the configuration, never from a record. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  readonly timeoutMs: number
  /** What comes past it is not kept; a mebibyte where it is not said. */
  readonly answerBytesMax?: number
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The beginning of it. */
  readonly text: string
  /** There was more. */
  readonly isCut: boolean
}

/** No answer came. `mayHaveArrived`: the request was on its way, so the other side may have taken it. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'
  readonly mayHaveArrived: boolean
  constructor(message: string, mayHaveArrived: boolean, options?: ErrorOptions) {
    super(message, options)
    this.mayHaveArrived = mayHaveArrived
  }
}

const ANSWER_BYTES_MAX = 1024 * 1024

/**
 * One request on a connection of its own: one that was kept could be closed by the other side at the moment of sending,
 * and nobody would know whether the request was read. Redirects are not followed: a secret goes where the configuration
 * says and nowhere else.
 *
 * @throws NoAnswerError
 */
export function askHttp(asked: HttpRequest): Promise<HttpAnswer> {
  const { method, url, headers, body, timeoutMs, signal, answerBytesMax = ANSWER_BYTES_MAX } = asked
  const target = new URL(url)
  const open = target.protocol === 'https:' ? requestHttps : requestHttp
  const bytes = Buffer.from(body ?? '')
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>()
  let isConnected = false
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const fail = (error: unknown) => {
    const why = deadline.aborted && !signal.aborted ? `no answer within ${timeoutMs / 1000} s` : errorText(error)
    reject(new NoAnswerError(`${target.origin}: ${why}`, isConnected, { cause: error }))
  }
  const request = open(target, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(bytes.length) }) },
    agent: false,
    signal: deadline,
  })
  request.on('error', fail)
  // Nothing of the request leaves before this: TLS has shown that the other side is who it says.
  request.on('socket', socket => {
    socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      isConnected = true
    })
  })
  request.on('response', response => {
    const chunks: Buffer[] = []
    let length = 0
    response.on('data', (chunk: Buffer) => {
      if (length < answerBytesMax) chunks.push(chunk)
      length += chunk.length
    })
    response.on('error', fail)
    response.on('end', () => {
      const text = Buffer.concat(chunks).subarray(0, answerBytesMax).toString()
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text, isCut: length > answerBytesMax })
    })
  })
  request.end(bytes)
  return promise
}
