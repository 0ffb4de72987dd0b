import { gunzipSync } from 'node:zlib'
import type { Context as HonoContext } from 'hono'
import { z } from 'zod'
import { define } from '../../pipeline/component.ts'
import { decompressSnappy, SnappyFault } from '../../pipeline/compression/snappy.ts'
import { secret } from '../../pipeline/config/secret.ts'
import { bearerGuard, tokenSetting } from '../../pipeline/edge/access.ts'
import { contentType, readEdgeJson, readEdgeObject } from '../../pipeline/edge/body.ts'
import { batchId, handOn } from '../../pipeline/edge/hand-on.ts'
import { edgeLimits } from '../../pipeline/edge/limits.ts'
import { nowUnixNano } from '../../pipeline/edge/record.ts'
import { EdgeRefusal } from '../../pipeline/edge/refusal.ts'
import { addEdgeRoute } from '../../pipeline/edge/route.ts'
import { errorText } from '../../pipeline/errors.ts'
import { PushFault, pushJson, repairedText, type Stream, streamsOfJson, streamsOfProtobuf } from './push-request.ts'
import { recordsOf } from './records.ts'
import { followTail } from './tail.ts'

const tail = z.strictObject({
  url: z.url().describe('Base URL of Loki, such as http://loki:3100.'),
  query: z.string().min(1).describe('LogQL of the lines to follow, such as {app="shop"}.'),
  headers: secret(z.record(z.string(), z.string()))
    .default({})
    .describe('Sent with the request, such as authorization or X-Scope-OrgID.'),
  lookback_s: z.int().min(0).max(86_400).default(60).describe('How far back the very first connection begins.'),
})

export const loki = define({
  kind: 'receiver',
  type: 'loki',
  summary:
    'Takes what Loki takes, POST /loki/api/v1/push on the HTTP port of the application in JSON or Protobuf, and follows the live tail of a Loki.',
  signals: ['logs'],
  config: z.strictObject({
    tokens: tokenSetting,
    tails: z.array(tail).default([]).describe('Lokis to follow over WebSocket.'),
    ...edgeLimits(4_194_304),
  }),
  examples: [{}, { tokens: ['promtail'], tails: [] }],
  create(settings, next, context) {
    const stopping = new AbortController()
    const deadline = new AbortController()
    const guard = bearerGuard(settings.tokens, context.isHttpLocal)
    let following: Promise<unknown> = Promise.resolve()
    addEdgeRoute(context, {
      path: '/loki/api/v1/push',
      limits: settings,
      decompresses: true,
      admit: c => ({ token: guard(c.req.header('authorization')) }),
      take: async (c, body) => {
        const items = recordsOf(readStreams(c, body, settings.max_body_bytes), nowUnixNano())
        if (items.length === 0) return { accepted: 0, rejected: 0 }
        const id = batchId('loki', body)
        return handOn(context, next, deadline.signal, { id, signal: 'logs', items, bytes: body.length })
      },
      // What Loki answers.
      answer: c => c.body(null, 204),
    })
    return {
      start: async () => {
        following = Promise.all(settings.tails.map(one => followTail(one, next, context, stopping.signal)))
      },
      shutdown: async limit => {
        limit.addEventListener('abort', () => deadline.abort(), { once: true })
        stopping.abort()
        await following
      },
    }
  },
})

/** @throws EdgeRefusal 400, 413, 415 */
function readStreams(c: HonoContext, body: Buffer, maxBytes: number): Stream[] {
  if (contentType(c) !== 'application/x-protobuf') {
    return streamsOfJson(readEdgeObject(pushJson, readEdgeJson(c, decompressed(c, body, maxBytes), repairedText)))
  }
  try {
    return streamsOfProtobuf(decompressSnappy(body, maxBytes))
  } catch (error) {
    if (!(error instanceof PushFault) && !(error instanceof SnappyFault)) throw error
    throw new EdgeRefusal(400, `the body is not a PushRequest of Loki in Snappy: ${error.message}`)
  }
}

function decompressed(c: HonoContext, body: Buffer, maxBytes: number): Buffer {
  const encoding = c.req.header('content-encoding') ?? 'identity'
  if (encoding === 'identity') return body
  if (encoding !== 'gzip') throw new EdgeRefusal(415, `content-encoding ${encoding} is not taken; send gzip or none`)
  try {
    return gunzipSync(body, { maxOutputLength: maxBytes })
  } catch (error) {
    const isLarge = error instanceof RangeError
    throw new EdgeRefusal(isLarge ? 413 : 400, `the body cannot be decompressed: ${errorText(error)}`)
  }
}
