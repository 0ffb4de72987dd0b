import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Context } from '../../pipeline/component.ts'
import { readEdgeObject } from '../../pipeline/edge/body.ts'
import { EdgeRefusal } from '../../pipeline/edge/refusal.ts'
import { addEdgeRoute } from '../../pipeline/edge/route.ts'
import { errorText, SensoriumError } from '../../pipeline/errors.ts'
import { linkOf } from '../../pipeline/message/facts.ts'
import { withClient } from '../../store/connect.ts'
import { giveFeedback, readWords, reportOf } from '../../store/reports/feedback.ts'
import { callSlack } from './api.ts'
import type { SlackSettings } from './config.ts'
import { judgementOf, personOf, withWords } from './judging.ts'
import { slackProof } from './signature.ts'

/** A press holds the message that it is under: at most fifty blocks of 3,000 characters, escaped. */
const LIMITS = { max_body_bytes: 1_048_576, requests_per_s: 20, burst_requests: 200 }
/** Slack waits for 3 s, and says then that nobody answers. */
const ANSWER_MS = 2_000

const press = z.object({
  type: z.literal('block_actions', 'only presses of buttons are taken here'),
  user: z.object({ id: z.string().regex(/^[UW][A-Z0-9]{1,30}$/) }),
  channel: z.object({ id: z.string().min(1) }),
  message: z.object({
    ts: z.string().min(1),
    text: z.string().default(''),
    blocks: z.array(z.record(z.string(), z.unknown())).default([]),
  }),
  actions: z
    .array(
      z.object({
        action_id: z.string(),
        value: z.string().optional(),
        action_ts: z.string().regex(/^\d{9,11}(?:\.\d{1,9})?$/),
      }),
    )
    .min(1),
})
type Press = z.output<typeof press>

/** Each exporter has its own, since each may be another app's. */
export function pressPath(exporter: string): string {
  return `/slack/interactivity${exporter.slice('slack'.length)}`
}

/**
 * Takes what people press under messages: keeps it as feedback of the report, and writes below the message who said
 * what. Who is late or asks of what is not there is told so by a note that only they see.
 *
 * @returns waits for what is still being written
 */
export function takePresses(settings: SlackSettings, secret: string, context: Context): () => Promise<void> {
  const stopping = new AbortController()
  const working = new Set<Promise<void>>()
  addEdgeRoute(context, {
    path: pressPath(context.id),
    limits: LIMITS,
    admit: c => ({
      prove: slackProof(
        c.req.header('x-slack-signature'),
        c.req.header('x-slack-request-timestamp'),
        secret,
        Date.now(),
      ),
    }),
    take: async (_c, body) => {
      const pressed = readPress(body)
      const work = note(pressed).finally(() => working.delete(work))
      working.add(work)
      // What fails in time fails before Slack's eyes; later, it is in our log.
      await Promise.race([work, pause(ANSWER_MS, undefined, { ref: false })])
      work.catch(error => context.logger.warn({ err: error }, 'what somebody pressed in Slack could not be kept'))
      return {}
    },
    answer: c => c.body(null, 200),
  })
  return async () => {
    await Promise.allSettled(working)
    stopping.abort()
  }

  async function note({ user, channel, message, action, about, verdict }: ReturnType<typeof readPress>) {
    const whisper = (text: string) =>
      tell('chat.postEphemeral', { channel: channel.id, user: user.id, text, parse: 'none', link_names: false })
    const by = personOf(user.id)
    const kept = await withClient(context.database, 'owner', async client => {
      const report = await reportOf(client, about)
      if (report === undefined) return undefined
      const said = await giveFeedback(client, { report, by, verdict, at: Number(action.action_ts) })
      const words = await readWords(async (sql, values) => (await client.query(sql, [...values])).rows, [about])
      return { said, words: words.get(about) ?? [] }
    }).catch(unlessUnknown)
    if (kept === undefined) return whisper(`Nothing is noted: there is no report of ${about} yet, or none any more.`)
    if (!kept.said.isNews) throw new EdgeRefusal(409, 'this press, or a later one of this person, is noted already')
    await tell('chat.update', {
      ...{ channel: channel.id, ts: message.ts, text: message.text, parse: 'none', link_names: false },
      blocks: withWords(message.blocks, about, kept.words),
    })
    if (verdict === 'other') {
      const link = linkOf({ link: `/reports/${kept.said.report}` }, settings.link_base_url)
      await whisper(`Noted. What it was instead can be written down at ${link}`)
    }
  }

  /** What was said is kept; that it could not be shown is no reason to have it said again. */
  async function tell(method: string, body: object): Promise<void> {
    try {
      await callSlack(settings, method, { body }, stopping.signal)
    } catch (error) {
      context.logger.warn({ err: error }, `what was noted could not be shown in Slack: ${errorText(error)}`)
    }
  }
}

function unlessUnknown(error: unknown): undefined {
  if (error instanceof SensoriumError && error.code === 'USAGE') return undefined
  throw error
}

/** @throws EdgeRefusal 400 for what is no press of a button of ours */
function readPress(body: Buffer) {
  const payload = new URLSearchParams(body.toString('utf8')).get('payload')
  if (payload === null) throw new EdgeRefusal(400, 'the form has no field payload: only Slack sends here')
  const pressed: Press = readEdgeObject(press, parsed(payload))
  for (const action of pressed.actions) {
    const judgement = judgementOf(action)
    if (judgement !== undefined) return { ...pressed, ...judgement, action }
  }
  throw new EdgeRefusal(400, 'the button that was pressed is none of ours; give these messages an app of their own')
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch (error) {
    throw new EdgeRefusal(400, `payload is not JSON: ${errorText(error)}`)
  }
}
