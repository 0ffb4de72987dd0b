import type pg from 'pg'
import type { Logger } from 'pino'
import { type Delivery, DeliveryError, type Destination } from '../../pipeline/destination.ts'
import { errorText } from '../../pipeline/errors.ts'
import { markOver, markSending, markSent, markWaiting, type Outgoing, readDue, readOrphans } from './outbox.ts'

/** Messages under way at once: one slow answer does not hold up those of other groups. */
const AT_ONCE = 4
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 5 * 60_000
/** Somebody has to mend something: no use in asking every few seconds. */
const MISCONFIGURED_RETRY_MS = 60_000
/** Older news is none. */
const GIVE_UP_MS = 24 * 3_600_000
/** What a destination may ask for at most. */
const RETRY_AFTER_MAX_MS = 3_600_000
const REASON_CHARS_MAX = 1_000

export interface Sender {
  readonly destination: string
  readonly service: Destination
  readonly logger: Logger
  readonly now: () => Date
  /** Cuts off what is under way. */
  readonly signal: AbortSignal
  /** Nothing more is begun. */
  readonly isStopping: () => boolean
  /** Between 0 and 1. */
  readonly random: () => number
  /** For metrics: sent, unsent, unknown, refused. */
  readonly count: (outcome: string) => void
}

/** Statements of messages that are under way at once, one after the other: a session takes one at a time. */
type InTurn = <T>(statement: () => Promise<T>) => Promise<T>

function turns(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return statement => {
    const next = last.then(statement, statement)
    last = next.catch(() => {})
    return next
  }
}

/** Sends what is due. Only for who leads: a message is sent by one process at a time. */
export async function sendDue(client: pg.ClientBase, sender: Sender): Promise<number> {
  let sent = 0
  const inTurn = turns()
  for (;;) {
    const due = await readDue(client, sender.destination, AT_ONCE, sender.now())
    const outcomes = await Promise.all(due.map(one => sendOne(client, inTurn, sender, one)))
    sent += outcomes.filter(Boolean).length
    // A pause or a stop holds for what would come next.
    if (due.length < AT_ONCE || outcomes.includes(false) || sender.isStopping()) return sent
  }
}

/** Whether it was delivered. */
async function sendOne(client: pg.ClientBase, inTurn: InTurn, sender: Sender, outgoing: Outgoing): Promise<boolean> {
  if (!(await inTurn(() => markSending(client, outgoing.id, sender.now())))) return false
  return settle(client, inTurn, sender, outgoing, async () =>
    sender.service.deliver(outgoing.notification, outgoing.thread, sender.signal),
  )
}

/**
 * Messages that were under way when whoever sent them ended. Where the destination can be asked, it is; where it knows a
 * message by its id, the message is sent again; else it stays a doubt.
 */
export async function adoptOrphans(client: pg.ClientBase, sender: Sender): Promise<void> {
  for (const orphan of await readOrphans(client, sender.destination)) {
    await settle(client, turns(), sender, orphan, () => recover(sender, orphan), true)
  }
}

/** What became of a message that was on its way: by the destination's word, where it has one. */
async function recover({ service, signal }: Sender, { notification, thread }: Outgoing): Promise<Delivery> {
  let found: Delivery | 'absent' | undefined
  try {
    found = await service.find?.(notification, thread, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw new DeliveryError('lost', `it cannot be asked whether the message arrived: ${errorText(error)}`, 0, {
      cause: error,
    })
  }
  if (found === 'absent') throw new DeliveryError('unsent', 'the destination has no such message')
  if (found !== undefined) return found
  throw new DeliveryError('lost', 'the process or the connection ended while it was being sent')
}

async function settle(
  client: pg.ClientBase,
  inTurn: InTurn,
  sender: Sender,
  outgoing: Outgoing,
  attempt: () => Promise<Delivery>,
  isAsked = false,
): Promise<boolean> {
  const { destination, logger, now } = sender
  let delivery: Delivery
  try {
    delivery = await attempt()
  } catch (error) {
    // Cut off: what may have arrived is found in this state by the next process.
    if (sender.signal.aborted && !(error instanceof DeliveryError)) throw error
    const fault = asFault(error)
    if (fault.fault === 'lost' && !isAsked && sender.service.find !== undefined) {
      return settle(client, inTurn, sender, outgoing, () => recover(sender, outgoing), true)
    }
    await inTurn(() => settleFault(client, sender, outgoing, fault))
    return false
  }
  await inTurn(() => markSent(client, destination, outgoing, delivery, now()))
  sender.count('sent')
  logger.info({ notification: outgoing.id, answer: delivery.answer }, 'told')
  return true
}

function asFault(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error
  return new DeliveryError('lost', errorText(error), 0, { cause: error })
}

async function settleFault(
  client: pg.ClientBase,
  sender: Sender,
  outgoing: Outgoing,
  error: DeliveryError,
): Promise<void> {
  const { destination, service, logger } = sender
  const now = sender.now()
  const reason = error.message.slice(0, REASON_CHARS_MAX)
  const about = { notification: outgoing.id, fault: error.fault }
  const isOld = now.getTime() - outgoing.createdAt.getTime() > GIVE_UP_MS
  if (error.fault === 'lost' && !service.recognisesRepeats) {
    sender.count('unknown')
    logger.error(about, `it is not known whether a message arrived, and it is not sent again: ${reason}`)
    return markOver(client, destination, outgoing, 'unknown', reason, now)
  }
  if (error.fault === 'refused' || isOld) {
    sender.count('refused')
    const why = error.fault === 'refused' ? reason : `given up after a day: ${reason}`
    logger.error(about, `a message was not delivered and is not tried again: ${why}`)
    return markOver(client, destination, outgoing, 'refused', why, now)
  }
  sender.count('unsent')
  const asked = Math.min(error.retryAfterMs, RETRY_AFTER_MAX_MS)
  const own = error.fault === 'misconfigured' ? MISCONFIGURED_RETRY_MS : backOff(outgoing.attempts, sender.random())
  logger.warn(about, `a message was not delivered; it is tried again: ${reason}`)
  return markWaiting(
    client,
    destination,
    outgoing.id,
    { untilMs: now.getTime() + Math.max(asked, own), isPaused: asked > 0, reason },
    now,
  )
}

function backOff(attempts: number, random: number): number {
  return Math.min(RETRY_FIRST_MS * 2 ** Math.min(attempts, 16), RETRY_MAX_MS) * (0.5 + random / 2)
}
