import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ModelRequest {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: {
    readonly model: string
    readonly messages: readonly {
      readonly role: string
      readonly content: string | null
      readonly tool_call_id?: string
      readonly tool_calls?: readonly { readonly id: string; readonly function: { readonly name: string } }[]
    }[]
    readonly tools?: readonly { readonly function: { readonly name: string; readonly parameters: object } }[]
    readonly stream: boolean
    readonly max_tokens?: number
  }
}

/** Answers one request: with `say`, `call`, or by hand on the response. */
export type Answer = (response: ServerResponse, request: ModelRequest) => void | Promise<void>

const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'test' }
const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`

export const begin = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })

/** A text in pieces of a few bytes, so that characters and lines are torn apart, as networks do it. */
export function say(text: string, usage: object | null = { prompt_tokens: 100, completion_tokens: 20 }): Answer {
  return async response => {
    begin(response)
    const pieces = text.match(/[\s\S]{1,7}/gu) ?? []
    const whole = [
      chunk({ role: 'assistant', content: '' }),
      ...pieces.map(content => chunk({ content })),
      chunk({}, 'stop'),
      ...(usage === null ? [] : [`data: ${JSON.stringify({ ...head, choices: [], usage })}\n\n`]),
      'data: [DONE]\n\n',
    ].join('')
    const bytes = Buffer.from(whole)
    for (let at = 0; at < bytes.length; at += 61) {
      if (!response.write(bytes.subarray(at, at + 61))) await once(response, 'drain')
    }
    response.end()
  }
}

/** Asks for tools, with their arguments in pieces. */
export function call(...calls: readonly { readonly name: string; readonly args: object | string }[]): Answer {
  return response => {
    begin(response)
    for (const [index, { name, args }] of calls.entries()) {
      const text = typeof args === 'string' ? args : JSON.stringify(args)
      const id = `call_${index}_${name}`
      response.write(chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }))
      for (const piece of text.match(/[\s\S]{1,5}/gu) ?? []) {
        response.write(chunk({ tool_calls: [{ index, function: { arguments: piece } }] }))
      }
    }
    response.end(`${chunk({}, 'tool_calls')}data: [DONE]\n\n`)
  }
}

/** A server on loopback that speaks the protocol of OpenAI as the test says, and keeps what it was asked. */
export async function openModelServer(answer: Answer) {
  const requests: ModelRequest[] = []
  /** Answers of the next requests, before `answer`. */
  const script: Answer[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (bytes: Buffer) => chunks.push(bytes))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as ModelRequest['body'] // what we sent
      const asked = { path: request.url ?? '', headers: request.headers, body }
      requests.push(asked)
      void (script.shift() ?? answer)(response, asked)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    script,
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
