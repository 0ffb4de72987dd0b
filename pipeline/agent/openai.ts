import { errorText } from '../errors.ts'
import { retryAfterMs } from '../http-client/rate-limit.ts'
import { type Gathering, gather } from './answer.ts'
import { eventsOf } from './event-stream.ts'
import { AgentError, type Message, type ToolSpec } from './port.ts'
import type { AgentSettings } from './settings.ts'

export interface Asked {
  readonly messages: readonly Message[]
  readonly tools: readonly ToolSpec[]
  readonly signal: AbortSignal
  readonly deadlineMs: number
  /** What is thrown when that is over. */
  readonly late: AgentError
  readonly onText: (text: string) => void
  /** What the server said instead of an answer: for the log, never for a page or a report. */
  readonly onRefusal: (status: number, said: string) => void
}

const BODY_BYTES_MAX = 4 * 1024 * 1024
const REFUSAL_CHARS_MAX = 500

/** How long the server asks to be left alone, beside why. */
export class BusyError extends AgentError {
  readonly pauseMs: number
  constructor(message: string, pauseMs: number) {
    super('away', message)
    this.pauseMs = pauseMs
  }
}

/**
 * One call of POST /chat/completions (https://platform.openai.com/docs/api-reference/chat), as a stream; a server that
 * answers in one piece is understood, too. Redirects are not followed: the key goes where the configuration says.
 *
 * @throws AgentError
 */
export async function complete(settings: AgentSettings, asked: Asked): Promise<Gathering> {
  const ending = new AbortController()
  const whole = setTimeout(() => ending.abort(asked.late), asked.deadlineMs)
  const idleMs = settings.idle_timeout_ms
  const silent = new AgentError('slow', `the model did not answer for ${idleMs / 1000} s`)
  const idle = setTimeout(() => ending.abort(silent), idleMs)
  const signal = AbortSignal.any([asked.signal, ending.signal])
  try {
    const response = await fetch(`${settings.url.replace(/\/+$/, '')}/chat/completions`, {
      method: 'POST',
      redirect: 'manual',
      signal,
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...(settings.api_key === '' ? {} : { authorization: `Bearer ${settings.api_key}` }),
      },
      body: JSON.stringify(requestOf(settings, asked)),
    })
    const body = bounded(response.body, () => idle.refresh())
    if (!response.ok) throw await refusalOf(settings, response, body, asked)
    const isStream = /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '')
    return await (isStream ? readStream(body, asked.onText) : readWhole(body, asked.onText))
  } catch (error) {
    throw asked.signal.aborted ? asked.signal.reason : faultOf(error, ending.signal)
  } finally {
    clearTimeout(whole)
    clearTimeout(idle)
    // Whatever is still to come is of no use.
    ending.abort()
  }
}

function faultOf(error: unknown, ending: AbortSignal): unknown {
  if (error instanceof AgentError) return error
  if (ending.reason instanceof AgentError) return ending.reason
  if (error instanceof RangeError || error instanceof SyntaxError) {
    return new AgentError('broken', 'what the server of the model sends is not the protocol of OpenAI', {
      cause: error,
    })
  }
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  return new AgentError('away', `the server of the model does not answer: ${errorText(cause)}`, { cause: error })
}

async function readStream(body: AsyncIterable<Uint8Array>, onText: (text: string) => void): Promise<Gathering> {
  const gathering = gather()
  for await (const data of eventsOf(body)) {
    if (data.trim() === '[DONE]') return gathering
    const added = gathering.add(JSON.parse(data))
    if (added !== '') onText(added)
  }
  if (!gathering.isFinished) throw new AgentError('slow', 'the answer of the model broke off in the middle')
  return gathering
}

async function readWhole(body: AsyncIterable<Uint8Array>, onText: (text: string) => void): Promise<Gathering> {
  const gathering = gather()
  const added = gathering.add(JSON.parse(await textOf(body)))
  if (!gathering.isFinished) throw new AgentError('broken', 'the server of the model sends no answer')
  if (added !== '') onText(added)
  return gathering
}

async function refusalOf(
  settings: AgentSettings,
  response: Response,
  body: AsyncIterable<Uint8Array>,
  { onRefusal }: Asked,
): Promise<AgentError> {
  const said = await textOf(body).catch(() => '')
  const hidden = settings.api_key === '' ? said : said.replaceAll(settings.api_key, '***')
  onRefusal(response.status, hidden.slice(0, REFUSAL_CHARS_MAX))
  const { status } = response
  const words = `the server of the model answers ${status}`
  if (status === 429 || status >= 500) {
    return new BusyError(words, retryAfterMs(Object.fromEntries(response.headers), Date.now()))
  }
  const hint =
    status === 401 || status === 403
      ? ': see service.agent.api_key'
      : status === 404
        ? ': see service.agent.url and model'
        : ''
  return new AgentError('refused', `${words}${hint}`)
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** @throws AgentError past the limit */
async function* bounded(body: Response['body'], onChunk: () => void): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of body ?? []) {
    onChunk()
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) throw new AgentError('broken', 'the answer of the model does not end')
    yield chunk
  }
}

function requestOf(settings: AgentSettings, { messages, tools }: Asked): object {
  return {
    model: settings.model,
    messages: messages.map(messageOf),
    ...(tools.length === 0 ? {} : { tools: tools.map(tool => ({ type: 'function', function: tool })) }),
    [settings.limit_key]: settings.max_answer_tokens,
    ...(settings.temperature === null ? {} : { temperature: settings.temperature }),
    stream: true,
    stream_options: { include_usage: true },
  }
}

function messageOf(message: Message): object {
  switch (message.role) {
    case 'tool':
      return { role: 'tool', tool_call_id: message.callId, content: message.content }
    case 'assistant': {
      const { content, toolCalls = [] } = message
      if (toolCalls.length === 0) return { role: 'assistant', content }
      const calls = toolCalls.map(({ id, name, arguments: given }) => ({
        id,
        type: 'function',
        function: { name, arguments: given },
      }))
      return { role: 'assistant', content: content === '' ? null : content, tool_calls: calls }
    }
    default:
      return message
  }
}
