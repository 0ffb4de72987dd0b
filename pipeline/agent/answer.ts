import { AgentError, type Reply, type ToolCall } from './port.ts'

/** Past these nothing is an answer any more, whatever the model was asked for. */
const TEXT_CHARS_MAX = 200_000
const CALLS_MAX = 16
const ARGUMENT_CHARS_MAX = 20_000
const NAME_CHARS_MAX = 100

type Plain = Readonly<Record<string, unknown>>

/** An answer that comes in pieces, or as one. */
export interface Gathering {
  /** A chunk of a stream, or a whole completion. Returns the text that it adds. @throws AgentError */
  add(chunk: unknown): string
  readonly isFinished: boolean
  reply(): Omit<Reply, 'tokens'> & { readonly usage: { readonly input?: number; readonly output?: number } }
}

/** Puts together what servers of OpenAI's API send; what it does not understand it passes over. */
export function gather(): Gathering {
  let text = ''
  let finish: string | undefined
  let usage: Plain = {}
  const calls: { index: number; id: string; name: string; arguments: string }[] = []

  function addCall(given: Plain): void {
    const index = Number.isInteger(given.index) ? Number(given.index) : calls.length
    const id = textIn(given.id)
    const called = plain(given.function)
    // Some servers give every whole call the index 0: another id is another call.
    let call = calls.findLast(one => one.index === index)
    if (call === undefined || (id !== '' && call.id !== '' && call.id !== id)) {
      if (calls.length >= CALLS_MAX) throw new AgentError('broken', `the model asks for more than ${CALLS_MAX} tools`)
      call = { index, id, name: '', arguments: '' }
      calls.push(call)
    }
    if (call.id === '') call.id = id
    call.name = (call.name + textIn(called.name)).slice(0, NAME_CHARS_MAX)
    const given_arguments = called.arguments
    call.arguments +=
      typeof given_arguments === 'string' || given_arguments === undefined || given_arguments === null
        ? textIn(given_arguments)
        : JSON.stringify(given_arguments)
    if (call.arguments.length > ARGUMENT_CHARS_MAX)
      throw new AgentError('broken', 'the model sends arguments of a tool that do not end')
  }

  return {
    add(chunk) {
      const given = plain(chunk)
      if ('error' in given && given.error !== null) {
        throw new AgentError('refused', 'the server of the model broke off with an error of its own')
      }
      if (given.usage !== undefined && given.usage !== null) usage = plain(given.usage)
      const choice = plain(Array.isArray(given.choices) ? given.choices[0] : undefined)
      const delta = plain(choice.delta ?? choice.message)
      const added = textIn(delta.content)
      text += added
      if (text.length > TEXT_CHARS_MAX) throw new AgentError('broken', 'the answer of the model does not end')
      if (Array.isArray(delta.tool_calls)) for (const one of delta.tool_calls) addCall(plain(one))
      if (typeof choice.finish_reason === 'string') finish = choice.finish_reason
      return added
    },
    get isFinished() {
      return finish !== undefined
    },
    reply: () => ({
      text,
      toolCalls: calls.map(
        ({ id, name, arguments: given }, i): ToolCall => ({
          id: id === '' ? `call_${i}` : id.slice(0, NAME_CHARS_MAX),
          name,
          arguments: given,
        }),
      ),
      isCut: finish === 'length',
      usage: { ...countIn('input', usage.prompt_tokens), ...countIn('output', usage.completion_tokens) },
    }),
  }
}

function plain(value: unknown): Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Plain) : {}
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** No server counts more in one answer; a number past it is none. */
const TOKENS_MAX = 10_000_000

function countIn<K extends string>(key: K, value: unknown): { readonly [P in K]?: number } {
  const isCount = Number.isInteger(value) && Number(value) >= 0 && Number(value) <= TOKENS_MAX
  return (isCount ? { [key]: Number(value) } : {}) as { readonly [P in K]?: number } // the key is K
}
