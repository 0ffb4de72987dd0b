import pg from 'pg'
import type { Logger } from 'pino'
import type { DatabaseConnection } from '../../pipeline/component.ts'
import { errorText } from '../../pipeline/errors.ts'

/**
 * One connection that commits one group at a time.
 *
 *     connecting ──► idle ⇄ busy
 *         ▲ │          │      │   the connection breaks, or the work fails
 *         │ ▼          ▼      │
 *       waiting ◄── connecting ◄
 *
 * Any failure costs the lane its connection: that rolls back whatever was open, and the next group starts clean. It
 * connects again at once, and after a refusal waits: twice as long each time, with jitter, so that replicas do not
 * knock all at once on a server that has just come back.
 */
export type LaneState = 'closed' | 'connecting' | 'waiting' | 'idle' | 'busy'

export interface LaneOptions {
  /** Asked for each connection: a password may change while we run. */
  readonly connection: () => DatabaseConnection
  readonly name: string
  readonly commitTimeoutMs: number
  readonly logger: Logger
  /** Called when the lane has become idle, or has to wait. */
  readonly onChange: () => void
  readonly onReconnect: () => void
}

const CONNECT_TIMEOUT_MS = 5_000
const BACKOFF_MIN_MS = 100
const BACKOFF_MAX_MS = 5_000
/** The server ends a statement itself; only if it does not answer at all, we hang up, after this much more. */
const NO_ANSWER_FACTOR = 1.25

export class Lane {
  readonly #options: LaneOptions
  #state: LaneState = 'closed'
  #client: pg.Client | undefined
  #refusals = 0
  #retryAt = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: LaneOptions) {
    this.#options = options
  }

  get state(): LaneState {
    return this.#state
  }

  /** Milliseconds until a waiting lane tries again. */
  get retryInMs(): number {
    return Math.max(0, this.#retryAt - performance.now())
  }

  /** Rejects when the first connection fails; afterwards the lane mends itself. */
  async open(): Promise<void> {
    this.#state = 'connecting'
    try {
      this.#use(await this.#connect())
    } catch (error) {
      this.#state = 'closed'
      throw error
    }
  }

  /** Only when idle. Whatever `work` rejects with, the connection is given up: `work` settles all it can itself. */
  async run(work: (client: pg.ClientBase) => Promise<void>): Promise<void> {
    const client = this.#client
    if (client === undefined || this.#state !== 'idle') throw new Error(`the lane is ${this.#state}`)
    this.#state = 'busy'
    try {
      await work(client)
      if (this.#client === client) this.#state = 'idle'
    } catch (error) {
      this.#lose(client, error)
      throw error
    } finally {
      this.#options.onChange()
    }
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#state = 'closed'
    this.#client = undefined
    clearTimeout(this.#timer)
    await client?.end().catch(() => {})
  }

  async #connect(): Promise<pg.Client> {
    const { connection, name, commitTimeoutMs } = this.#options
    const client = new pg.Client({
      ...connection(),
      application_name: name,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: commitTimeoutMs,
      // Half: who waits for a lock is to hear of that, not of a slow statement.
      lock_timeout: commitTimeoutMs / 2,
      // A process that hangs in a transaction must not hold the ledger's rows against the other replicas for ever.
      idle_in_transaction_session_timeout: commitTimeoutMs,
      query_timeout: commitTimeoutMs * NO_ANSWER_FACTOR,
    })
    client.on('error', error => this.#lose(client, error))
    client.on('end', () => this.#lose(client, new Error('the server closed the connection')))
    try {
      await client.connect()
    } catch (error) {
      client.end().catch(() => {})
      throw error
    }
    return client
  }

  #use(client: pg.Client): void {
    this.#client = client
    this.#state = 'idle'
    this.#refusals = 0
  }

  #lose(client: pg.Client, error: unknown): void {
    if (this.#client !== client) return
    this.#client = undefined
    // Ends a query that hangs, too: with one under way, `end` closes the socket.
    client.end().catch(() => {})
    this.#options.logger.warn(`lost a connection to the database: ${errorText(error)}`)
    void this.#reconnect()
  }

  async #reconnect(): Promise<void> {
    this.#state = 'connecting'
    try {
      const client = await this.#connect()
      if (this.#isClosed()) return await client.end()
      this.#use(client)
      this.#options.onReconnect()
      this.#options.logger.info('connected to the database again')
    } catch (error) {
      if (this.#isClosed()) return
      this.#wait(error)
    }
    this.#options.onChange()
  }

  #wait(error: unknown): void {
    this.#state = 'waiting'
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** this.#refusals++)
    const delay = ceiling * (0.5 + Math.random() / 2)
    this.#retryAt = performance.now() + delay
    this.#timer = setTimeout(() => void this.#reconnect(), delay)
    this.#options.logger.warn(
      `no connection to the database, next attempt in ${Math.round(delay)} ms: ${errorText(error)}`,
    )
  }

  /** A method, since TypeScript does not see that the state changes during an await. */
  #isClosed(): boolean {
    return this.#state === 'closed'
  }
}
