import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { Component, Context } from '../../pipeline/component.ts'
import type { Destination } from '../../pipeline/destination.ts'
import { errorText, PermanentError, UnavailableError } from '../../pipeline/errors.ts'
import { type Batch, readFinding } from '../../pipeline/model/index.ts'
import { sqlState, withClient } from '../connect.ts'
import type { Accepted } from './accept.ts'
import { flushDue } from './flush.ts'
import { createInbox } from './inbox.ts'
import { pruneNotifications } from './outbox.ts'
import { adoptOrphans, type Sender, sendDue } from './send.ts'

/** How often it is looked whether somebody is to be told, and whether whoever led has gone. */
const LOOK_MS = 1_000
const PRUNE_EVERY_LOOKS = 3_600
const RETRY_AFTER_MS = 1_000
/** A leader whose machine is gone without a word is missed within 9 s. */
const KEEPALIVE = 'SET tcp_keepalives_idle = 3; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3'

export interface NotifierOptions {
  readonly now?: () => Date
  readonly random?: () => number
  readonly lookMs?: number
}

/**
 * What all exporters that tell people have in common. A batch is acknowledged when its findings are in the outbox of the
 * store; whoever leads, one process for each destination, decides and sends. Its deliveries are beside the books, as
 * those of best-effort exporters are: what is stored of a record is counted where it is stored.
 */
export function createNotifier(service: Destination, context: Context, options: NotifierOptions = {}): Component {
  const { now = () => new Date(), random = Math.random, lookMs = LOOK_MS } = options
  const stopping = new AbortController()
  /** What is under way may end: an answer that is waited for is no doubt. */
  const cutting = new AbortController()
  const inbox = createInbox(context.database, context.id, now)
  let wake: () => void = () => {}
  let working: Promise<void> = Promise.resolve()
  const sent = context.meter.createCounter('sensorium_exporter_notifications', {
    description: 'Messages to people, by destination and outcome.',
  })
  const sender: Sender = {
    destination: context.id,
    service,
    logger: context.logger,
    now,
    random,
    signal: cutting.signal,
    isStopping: () => stopping.signal.aborted,
    count: outcome => sent.add(1, { exporter: context.id, outcome }),
  }

  const lead = async (client: pg.ClientBase) => {
    await client.query(KEEPALIVE)
    await untilLeading(client, context.id, lookMs, stopping.signal)
    if (stopping.signal.aborted) return
    await adoptOrphans(client, sender)
    for (let looks = 0; !stopping.signal.aborted; looks++) {
      const woken = new Promise<void>(resolve => {
        wake = resolve
      })
      if (looks % PRUNE_EVERY_LOOKS === 0) await pruneNotifications(client, context.id, now())
      await flushDue(client, context.id, service.wants, now())
      await sendDue(client, sender)
      await Promise.race([woken, rest(lookMs, stopping.signal)])
    }
  }
  const work = async () => {
    while (!stopping.signal.aborted) {
      try {
        await withClient(context.database, 'owner', lead)
      } catch (error) {
        if (stopping.signal.aborted) return
        // The database is away: what is to be told waits there.
        context.logger.warn({ err: error }, 'telling failed; it is tried again')
        await rest(lookMs, stopping.signal)
      }
    }
  }
  return {
    start: async () => {
      working = work()
    },
    consume: async batch => {
      const accepted = acceptedOf(batch)
      if (accepted.length === 0) return
      try {
        await inbox.take(accepted)
      } catch (error) {
        throw asRefusal(error)
      }
      wake()
    },
    shutdown: async deadline => {
      stopping.abort(new Error('the exporter stops'))
      const cut = () => cutting.abort(new Error('the exporter had to stop'))
      if (deadline.aborted) cut()
      else deadline.addEventListener('abort', cut, { once: true })
      await working
      deadline.removeEventListener('abort', cut)
    },
  }
}

function acceptedOf(batch: Batch): Accepted[] {
  if (batch.signal !== 'logs') return []
  return batch.items.map((record, i) => ({
    finding: readFinding(record, `${batch.id}/${i}`),
    routing: record.routing ?? {},
  }))
}

/** Data and constraint errors come again with the same records; anything else may pass. */
function asRefusal(error: unknown): Error {
  const message = `findings could not be taken into the outbox: ${errorText(error)}`
  if (/^2[23]/.test(sqlState(error) ?? '')) return new PermanentError(message, { cause: error })
  return new UnavailableError(message, RETRY_AFTER_MS, { cause: error })
}

/** "tell" */
const LEADER_SPACE = 0x74656c6c

/** Until this session is the one that tells the destination; the lock goes with the session. */
async function untilLeading(client: pg.ClientBase, destination: string, lookMs: number, signal: AbortSignal) {
  while (!signal.aborted) {
    const { rows } = await client.query<{ leads: boolean }>('SELECT pg_try_advisory_lock($1, hashtext($2)) AS leads', [
      LEADER_SPACE,
      destination,
    ])
    if (rows[0]?.leads) return
    await rest(lookMs, signal)
  }
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return pause(ms, undefined, { signal, ref: false }).catch(() => {})
}
