import { DEFAULT_RANGE } from '../../first-questions.ts'
import type { ConversationEvent, ConversationEvents } from '../../server/conversation/events.ts'
import { me, signedOut } from './person.ts'

/** What questions are asked of, as the endpoint `chat` takes it. */
export interface Subject {
  readonly range?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly env?: string | undefined
  /** The incident that "it" is. */
  readonly incident?: string | undefined
}

/** A question, and what came of it so far. */
export interface Turn {
  readonly question: string
  readonly text: string
  readonly calls: readonly TurnCall[]
  readonly unfounded: readonly string[]
  /** Why no model answers: the rules do. */
  readonly rules?: string
  readonly end?: ConversationEvents['end']
  readonly isOver: boolean
}

export interface TurnCall {
  readonly tool: string
  readonly args: unknown
  readonly found?: ConversationEvents['found']
  readonly refused?: string
}

/** The model that answers questions here; null: none. */
export async function askWhichModel(): Promise<string | null> {
  try {
    const response = await fetch('/console/api/model')
    return response.ok ? ((await response.json()) as { model: string | null }).model : null // as the server writes it
  } catch {
    return null
  }
}

const BEFORE_MAX = 6
const ANSWER_CHARS_MAX = 4_000

/** Asks the model; `show` gets the turn anew with each thing that comes. Resolves when it is over. */
export async function askModel(
  question: string,
  turns: readonly Turn[],
  subject: Subject,
  show: (turn: Turn) => void,
  signal: AbortSignal,
): Promise<void> {
  let turn: Turn = { question, text: '', calls: [], unfounded: [], isOver: false }
  const change = (more: Partial<Turn>) => {
    turn = { ...turn, ...more }
    if (!signal.aborted) show(turn)
  }
  change({})
  const before = turns
    .filter(({ text }) => text !== '')
    .slice(-BEFORE_MAX)
    .map(one => ({ question: one.question, answer: one.text.slice(0, ANSWER_CHARS_MAX) }))
  try {
    const response = await fetch('/console/api/ask', {
      method: 'POST',
      signal,
      headers: { 'content-type': 'application/json', 'x-sensorium-token': me.value?.token ?? '' },
      body: JSON.stringify({ question, before, ...minutesOf(subject) }),
    })
    if (response.status === 401) signedOut()
    if (!response.ok || response.body === null) {
      const { error } = (await response.json()) as { error?: string } // as the server writes it
      return change({ rules: error ?? `the server answered ${response.status}`, isOver: true })
    }
    for await (const { event, data } of eventsOf(response.body)) change(withEvent(turn, event, data))
    change(turn.isOver ? {} : { rules: 'the answer broke off', isOver: true })
  } catch {
    change({ rules: 'the server does not answer', isOver: true })
  }
}

/** The turn with one more thing that the server told. */
export function withEvent(turn: Turn, event: string, data: unknown): Partial<Turn> {
  const of = <E extends ConversationEvent>(_: E) => data as ConversationEvents[E] // the event's name says which
  const changed = (id: number, more: Partial<TurnCall>) => ({
    calls: turn.calls.map((call, i) => (i === id ? { ...call, ...more } : call)),
  })
  switch (event as ConversationEvent) {
    case 'text':
      return { text: turn.text + of('text').text }
    case 'call':
      // What was said before a call was thinking aloud.
      return { text: '', calls: [...turn.calls, { tool: of('call').tool, args: of('call').args }] }
    case 'found':
      return changed(of('found').id, { found: of('found') })
    case 'refused':
      return changed(of('refused').id, { refused: of('refused').words })
    case 'unfounded':
      return { unfounded: of('unfounded').names }
    case 'rules':
      return { rules: of('rules').words, isOver: true }
    case 'end':
      return { end: of('end'), isOver: true }
    default:
      return {}
  }
}

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: unknown }> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const lines = block.split('\n')
      const field = (name: string) =>
        lines.filter(line => line.startsWith(`${name}: `)).map(line => line.slice(name.length + 2))
      const [event] = field('event')
      if (event !== undefined) yield { event, data: JSON.parse(field('data').join('\n')) }
    }
  }
}

const UNIT_MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1_440 }

function minutesOf({ range = DEFAULT_RANGE, from, to, env = '*', incident }: Subject): object {
  const [count, unit] = [Number(range.slice(0, -1)), range.at(-1) ?? 'm']
  const minutes =
    from === undefined
      ? count * (UNIT_MINUTES[unit] ?? 1)
      : (Date.parse(to ?? new Date().toISOString()) - Date.parse(from)) / 60_000
  return { env, minutes: Math.min(525_600, Math.max(1, Math.ceil(minutes) || 60)), until: to, incident }
}
