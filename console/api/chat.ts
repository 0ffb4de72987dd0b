import { z } from 'zod'
import type { Row } from '../../mcp/answer.ts'
import { fit } from '../../mcp/fit.ts'
import { ToolRefusal } from '../../mcp/refusal.ts'
import { TOOLS } from '../../mcp/tools/index.ts'
import { textOrNone } from '../../store/reading.ts'
import { endpoint, NotFound, type Reading, rangeQuery, scopeOf } from '../server/endpoint.ts'
import { type Asked, type Call, callOf } from './chat-rules.ts'

export interface ChatAnswer {
  readonly call: Call
  /** In words of ours. */
  readonly summary: string
  /** What was found, the most important first; what senders wrote is in here alone. */
  readonly sections: readonly { readonly name: string; readonly rows: readonly Row[] }[]
  readonly left_out: readonly string[]
}

/** More than an agent gets: a page has room. */
const TOKENS_MAX = 6_000
const MINUTES_MAX = 525_600
const MINUTE_MS = 60_000
const QUESTION_CHARS_MAX = 500

/** Answers a question by the tools of agents, chosen by rules: no model is asked. */
export const chat = endpoint({
  name: 'chat',
  query: z.strictObject({
    ...rangeQuery,
    question: z.string().trim().min(1).max(QUESTION_CHARS_MAX),
    /** The incident that it is about, where it names nothing else. */
    incident: z.string().min(1).max(100).optional(),
  }),
  async answer(reading, { question, incident, ...range }): Promise<ChatAnswer> {
    const { access } = reading
    const { from, to, visible } = scopeOf(reading, range)
    const minutes = Math.min(MINUTES_MAX, Math.max(1, Math.ceil((+to - +from) / MINUTE_MS)))
    const rows = await access.rows(
      'SELECT DISTINCT service FROM fingerprint_services WHERE is_among(service, $1) LIMIT 2000',
      [visible],
    )
    const call = callOf(question, {
      ...{ services: rows.map(row => String(row.service)), minutes, env: range.env, until: range.to?.toISOString() },
      subject: incident === undefined ? undefined : await subjectOf(reading, incident, visible),
    })
    const tool = TOOLS.find(({ name }) => name === call.tool)!
    const parsed = tool.input.safeParse({ ...call.args, max_tokens: TOKENS_MAX })
    if (!parsed.success) throw new ToolRefusal(parsed.error.issues[0]?.message ?? 'the question is not understood')
    tool.check?.(parsed.data)
    const found = await tool.run(parsed.data, access)
    // The statements go along with every answer of the console.
    const { summary, data, cut } = fit(found, [], TOKENS_MAX)
    return {
      call,
      summary: found.empty === undefined ? summary : `${summary} ${found.empty}`,
      sections: Object.entries(data).map(([name, section]) => ({ name, rows: section })),
      left_out: cut,
    }
  },
})

async function subjectOf(
  { access }: Reading,
  id: string,
  visible: readonly string[] | null,
): Promise<Asked['subject']> {
  const [row] = await access.rows(
    'SELECT service, fingerprint FROM incidents WHERE id = $1 AND is_among(service, $2)',
    [id, visible],
  )
  if (row === undefined) throw new NotFound('there is no incident of this id that you may see')
  return { service: String(row.service), fingerprint: textOrNone(row.fingerprint) }
}
