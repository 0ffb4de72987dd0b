import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { streamSSE } from 'hono/streaming'
import { z } from 'zod'
import { AgentError } from '../../../pipeline/agent/port.ts'
import type { Context } from '../../../pipeline/component.ts'
import { EdgeRefusal } from '../../../pipeline/edge/refusal.ts'
import { noteAction } from '../../../store/people/index.ts'
import { type Connections, withConnection } from '../../../store/warm-connections.ts'
import { incident as incidentEndpoint } from '../../api/incident.ts'
import type { Access, Person } from '../access.ts'
import { type Asking, answer, refusalOf, refused } from '../answers.ts'
import { readBody } from '../bodies.ts'
import { callTool } from './call-tool.ts'
import { converse, type Question } from './converse.ts'
import type { Tell } from './events.ts'

const QUESTION_CHARS_MAX = 500
const ANSWER_CHARS_MAX = 4_000
const BEFORE_MAX = 6
const MINUTES_MAX = 525_600
/** At once, of all people: each waits for the model most of the time. */
const CONVERSATIONS_MAX = 16
/** Of a whole answer with all its calls. */
const ANSWER_MS_MAX = 240_000
/** Proxies close what is silent. */
const PING_MS = 10_000
const LAST_WORDS_MS = 5_000

const body = z.strictObject({
  question: z.string().trim().min(1).max(QUESTION_CHARS_MAX),
  before: z
    .array(z.strictObject({ question: z.string().max(QUESTION_CHARS_MAX), answer: z.string().max(ANSWER_CHARS_MAX) }))
    .max(BEFORE_MAX)
    .default([]),
  env: z.string().max(200).default('*'),
  minutes: z.int().min(1).max(MINUTES_MAX).default(60),
  until: z.iso.datetime().optional(),
  /** The incident on whose page it is asked. */
  incident: z.string().min(1).max(100).optional(),
})

/**
 * GET /console/api/model: which model answers, if any. POST /console/api/ask: a question to it, whose answer comes as
 * server-sent events. It costs tokens, so it is asked as a change is: from our pages alone.
 */
export function addConversation(
  context: Context,
  asking: () => Asking,
  connections: Connections,
  access: Access,
): { close(): void } {
  const { agent, http, logger } = context
  const closing = new AbortController()
  let underWay = 0

  http.get('/console/api/model', async c => {
    try {
      await access.whoAsks(c)
      return c.json({ model: agent?.model ?? null })
    } catch (error) {
      return refused(c, error).response
    }
  })

  http.post('/console/api/ask', async c => {
    let person: Person
    let question: Question
    let about: string | undefined
    try {
      person = await access.whoChanges(c)
      if (agent === undefined)
        throw new EdgeRefusal(404, 'no model is named here (service.agent); questions are answered by rules')
      const { incident, ...asked } = await readBody(c, context, body)
      about = incident
      const subject =
        incident === undefined
          ? undefined
          : (await answer(asking(), incidentEndpoint, { id: incident }, person.services)).data
      question = { ...asked, subject }
      if (underWay >= CONVERSATIONS_MAX) {
        throw new EdgeRefusal(429, 'many people are asking; try again in some seconds', { retryAfterMs: 5_000 })
      }
    } catch (error) {
      return refused(c, error).response
    }
    underWay += 1
    return streamSSE(c, async stream => {
      const gone = new AbortController()
      stream.onAbort(() => gone.abort(new Error('the page is closed')))
      const ping = setInterval(() => void stream.write(': still at it\n\n').catch(() => {}), PING_MS)
      // One after the other, and all of them before the stream is closed.
      let written: Promise<unknown> = Promise.resolve()
      const tell: Tell = (event, data) => {
        written = written.then(() => stream.writeSSE({ event, data: JSON.stringify(data) })).catch(() => {})
      }
      const signal = AbortSignal.any([gone.signal, closing.signal, AbortSignal.timeout(ANSWER_MS_MAX)])
      const startedAt = performance.now()
      try {
        const call = (name: string, args: unknown) => callTool(asking(), person.services, name, args)
        const { text, calls, tokens } = await converse(question, { agent, tell, call, signal })
        const id = randomUUID()
        await withConnection(connections, client =>
          noteAction(client, person, 'ask', `chat/${id}`, {
            ...{ question: question.question, answer: text.slice(0, ANSWER_CHARS_MAX) },
            ...{ calls, tokens, model: agent.model },
            ...(about === undefined ? {} : { incident: about }),
          }),
        )
        tell('end', { answer: id, model: agent.model, tokens, took_ms: Math.round(performance.now() - startedAt) })
      } catch (error) {
        if (gone.signal.aborted) return
        if (!(error instanceof AgentError) && !signal.aborted) {
          if (refusalOf(error).isFault) logger.error({ err: error }, 'a conversation failed unexpectedly')
        }
        tell('rules', { words: wordsOf(error, signal) })
      } finally {
        // A page that is there and reads no more holds no place.
        await Promise.race([written, delay(LAST_WORDS_MS, undefined, { ref: false })])
        clearInterval(ping)
        underWay -= 1
      }
    })
  })
  return { close: () => closing.abort(new Error('the process ends')) }
}

function wordsOf(error: unknown, signal: AbortSignal): string {
  if (error instanceof AgentError) return error.message
  return signal.aborted ? `the model did not come to an end within ${ANSWER_MS_MAX / 1000} s` : refusalOf(error).error
}
