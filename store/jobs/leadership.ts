import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Database } from '../../pipeline/component.ts'
import { connect } from '../connect.ts'

/** "sens", "lead": of several replicas on one database, the holder of this advisory lock runs the jobs. */
export const LEADER_LOCK = [0x73656e73, 0x6c656164] as const

/** How often a replica that does not lead asks for the lock, and one that does makes sure of its connection. */
const POLL_MS = 2_000
/** A connection that does not answer within this is gone, and the lock with it. */
const ANSWER_MS = 5_000
/**
 * How soon the server finds out that the leader's machine is gone without a word: idle, then probes. A process that is
 * killed closes its connection at once.
 */
const KEEPALIVE = 'SET tcp_keepalives_idle = 3; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 2'

/** What is done while this process leads. Its signal aborts when the lead is lost; it is waited for before the next try. */
export type Reign = (leading: AbortSignal) => Promise<void>

/** All that one process does as the leader of a database shares one lead. */
const leaderships = new WeakMap<Database, Leadership>()

/**
 * Leads as often and as long as this process can, until `leave` of the last that joined. The lock is that of a connection
 * which does nothing else: a statement that runs on would keep the lock beyond its process.
 */
export function joinLead(database: Database, reign: Reign, onFailure: (error: unknown) => void): () => Promise<void> {
  let leadership = leaderships.get(database)
  if (leadership === undefined || leadership.isOver) {
    leadership = new Leadership(database)
    leaderships.set(database, leadership)
  }
  return leadership.join({ reign, onFailure, reigning: undefined })
}

interface Member {
  readonly reign: Reign
  readonly onFailure: (error: unknown) => void
  /** What it does now, and how to end it. */
  reigning: { readonly over: Promise<void>; readonly end: AbortController } | undefined
}

class Leadership {
  readonly #database: Database
  readonly #members = new Set<Member>()
  readonly #stopping = new AbortController()
  #leading: AbortSignal | undefined
  #trying: Promise<void> | undefined

  constructor(database: Database) {
    this.#database = database
  }

  get isOver(): boolean {
    return this.#stopping.signal.aborted
  }

  join(member: Member): () => Promise<void> {
    this.#members.add(member)
    this.#trying ??= this.#try()
    if (this.#leading !== undefined) begin(member, this.#leading)
    return async () => {
      this.#members.delete(member)
      if (this.#members.size === 0) this.#stopping.abort()
      member.reigning?.end.abort()
      await member.reigning?.over
      if (this.#members.size === 0) await this.#trying
    }
  }

  async #try(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      let client: pg.Client | undefined
      try {
        client = await connect(this.#database.connection('owner'))
        await client.query(KEEPALIVE)
        await this.#leadOn(client)
      } catch (error) {
        // The database is away: whoever gets through first leads next.
        if (!signal.aborted) for (const { onFailure } of this.#members) onFailure(error)
      } finally {
        await client?.end().catch(() => {})
      }
      await pause(signal)
    }
  }

  async #leadOn(client: pg.Client): Promise<void> {
    const stopping = this.#stopping.signal
    while (!(await tryToLead(client))) {
      await pause(stopping)
      if (stopping.aborted) return
    }
    const lost = new AbortController()
    client.once('end', () => lost.abort(new Error('the connection that leads was closed')))
    const leading = AbortSignal.any([stopping, lost.signal])
    this.#leading = leading
    for (const member of this.#members) begin(member, leading)
    try {
      while (!leading.aborted) {
        await pause(leading)
        if (!leading.aborted) await answers(client)
      }
    } catch (error) {
      lost.abort(error)
    }
    this.#leading = undefined
    await Promise.all([...this.#members].flatMap(({ reigning }) => reigning?.over ?? []))
  }
}

function begin(member: Member, leading: AbortSignal): void {
  const end = new AbortController()
  const over = member.reign(AbortSignal.any([leading, end.signal])).catch(member.onFailure)
  member.reigning = { over, end }
}

export async function tryToLead(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ leads: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS leads', [
    ...LEADER_LOCK,
  ])
  return rows[0]?.leads === true
}

async function answers(client: pg.Client): Promise<void> {
  const late = new AbortController()
  try {
    await Promise.race([
      client.query('SELECT'),
      delay(ANSWER_MS, undefined, { signal: late.signal }).then(() => {
        throw new Error(`the connection that leads has not answered for ${ANSWER_MS / 1_000} s`)
      }),
    ])
  } finally {
    late.abort()
  }
}

/** Ends early, and quietly, when `signal` aborts. */
async function pause(signal: AbortSignal): Promise<void> {
  await delay(POLL_MS, undefined, { signal, ref: false }).catch(() => {})
}
