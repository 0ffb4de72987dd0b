import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Consume, Context } from '../../pipeline/component.ts'
import { batchId, handOn } from '../../pipeline/edge/hand-on.ts'
import { nowUnixNano } from '../../pipeline/edge/record.ts'
import { errorText, PermanentError } from '../../pipeline/errors.ts'
import { withClient } from '../../store/connect.ts'
import { readPosition, writePosition } from '../../store/positions.ts'
import { pushJson, type Stream, streamsOfJson } from './push-request.ts'
import { recordsOf } from './records.ts'

export interface TailSettings {
  readonly url: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly lookback_s: number
}

const BACKOFF_MIN_MS = 500
const BACKOFF_MAX_MS = 30_000
/** Messages that wait for the database. Past it we hang up, and come back from where we are: Loki keeps the lines. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024
/** Streams are not in step with each other: after a reconnect we ask for this much once more, and know what we had. */
const OVERLAP_NANO = 30_000_000_000n
const REMEMBERED_LINES = 100_000

/**
 * Follows Loki's tail until `stopping`: connects, hands every message on, and after a loss connects again from the last
 * line that is stored. Each line is handed on once for as long as the process lives; after a restart the lines of the
 * last moment may come twice.
 */
export async function followTail(
  settings: TailSettings,
  next: Consume,
  context: Context,
  stopping: AbortSignal,
): Promise<void> {
  const source = `${settings.url} ${settings.query}`
  const seen = new Set<string>()
  let position: bigint | undefined
  for (let failures = 0; !stopping.aborted; failures++) {
    try {
      position ??= await withClient(context.database, 'writer', client => readPosition(client, context.id, source))
      const from = position === undefined ? nowUnixNano() - BigInt(settings.lookback_s) * 1_000_000_000n : position
      await connection(from - (seen.size > 0 ? OVERLAP_NANO : 0n), () => {
        failures = 0
      })
    } catch (error) {
      if (!stopping.aborted)
        context.logger.warn(`the tail of ${settings.url} broke, it is taken up again: ${errorText(error)}`)
    }
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(failures, 10))
    await pause(ceiling * (0.5 + Math.random() / 2), undefined, { signal: stopping, ref: false }).catch(() => {})
  }

  /** Rejects when the connection ends, once all that it brought is handed on. */
  async function connection(from: bigint, onMessage: () => void): Promise<void> {
    const address = new URL(`${settings.url.replace(/^http/, 'ws').replace(/\/+$/, '')}/loki/api/v1/tail`)
    address.search = new URLSearchParams({ query: settings.query, start: String(from), limit: '1000' }).toString()
    // Node's WebSocket takes headers in its options, which its types do not know.
    const socket = new WebSocket(address, { headers: settings.headers } as unknown as string[])
    const ended = Promise.withResolvers<string>()
    // A server that does not answer the close is not waited for.
    const hangUp = () => {
      socket.close()
      ended.resolve('hung up')
    }
    stopping.addEventListener('abort', hangUp, { once: true })
    let waitingBytes = 0
    let work: Promise<void> = Promise.resolve()
    socket.addEventListener('message', event => {
      const text = String(event.data)
      waitingBytes += text.length
      if (waitingBytes > MAX_WAITING_BYTES) {
        ended.resolve('more lines than the database takes')
        hangUp()
        return
      }
      work = work.then(async () => {
        await store(text)
        waitingBytes -= text.length
        onMessage()
      })
      work.catch((error: unknown) => {
        ended.resolve(errorText(error))
        hangUp()
      })
    })
    socket.addEventListener('error', () => ended.resolve('the connection failed'))
    socket.addEventListener('close', event => ended.resolve(`closed with ${event.code} ${event.reason}`))
    const why = await ended.promise
    stopping.removeEventListener('abort', hangUp)
    hangUp()
    await work.catch(() => {})
    throw new Error(why)
  }

  async function store(text: string): Promise<void> {
    const streams = unseen(streamsOfJson(pushJson.parse(JSON.parse(text))))
    const records = recordsOf(streams, nowUnixNano())
    if (records.length === 0) return
    const id = batchId('loki tail', context.id, source, text)
    try {
      await handOn(context, next, stopping, { id, signal: 'logs', items: records, bytes: text.length })
    } catch (error) {
      // Sending it again is of no use, and the lines after it must not wait for ever.
      if (!(error instanceof PermanentError)) throw error
      context.logger.error(`lines of the tail were refused: ${errorText(error)}`)
    }
    for (const { timeUnixNano } of records)
      if (position === undefined || timeUnixNano > position) position = timeUnixNano
    for (const key of keysOf(streams)) remember(key)
    await withClient(context.database, 'writer', client => writePosition(client, context.id, source, position!))
  }

  function unseen(streams: readonly Stream[]): Stream[] {
    return streams.map(stream => ({
      ...stream,
      entries: stream.entries.filter(entry => !seen.has(keyOf(stream, entry))),
    }))
  }

  function remember(key: string): void {
    if (seen.size >= REMEMBERED_LINES) {
      for (const oldest of seen) {
        seen.delete(oldest)
        break
      }
    }
    seen.add(key)
  }
}

function keyOf({ labels }: Stream, { timeUnixNano, line }: Stream['entries'][number]): string {
  return createHash('sha256')
    .update(`${JSON.stringify(labels)} ${timeUnixNano} ${line}`)
    .digest('base64url')
    .slice(0, 22)
}

function keysOf(streams: readonly Stream[]): string[] {
  return streams.flatMap(stream => stream.entries.map(entry => keyOf(stream, entry)))
}
