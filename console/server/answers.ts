import type { Context as HonoContext } from 'hono'
import pg from 'pg'
import { type Access, withAccess } from '../../mcp/access.ts'
import type { InTurn } from '../../mcp/in-turn.ts'
import { ToolRefusal } from '../../mcp/refusal.ts'
import type { Database } from '../../pipeline/component.ts'
import { EdgeRefusal } from '../../pipeline/edge/refusal.ts'
import { errorText, SensoriumError } from '../../pipeline/errors.ts'
import { sqlState } from '../../store/connect.ts'
import type { Connections } from '../../store/warm-connections.ts'
import { type Endpoint, NotFound } from './endpoint.ts'

export interface Asking {
  readonly database: Database
  readonly searcher: Access['searcher']
  readonly inTurn: InTurn
  readonly connections: Connections
}

/** What is answered on the wire. `sql` repeats what the answer was made of. */
export interface Answered {
  readonly data: object
  readonly sql: readonly string[]
  readonly took_ms: number
}

/** Answers one question in a transaction of its own. */
export function answer(
  { database, searcher, inTurn, connections }: Asking,
  endpoint: Endpoint,
  parameters: Readonly<Record<string, string>>,
  services: readonly string[] | undefined,
): Promise<Answered> {
  const parsed = endpoint.query.safeParse(parameters)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new ToolRefusal(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not understood'}`)
  }
  const startedAt = performance.now()
  return inTurn(() =>
    withAccess(database, { services, searcher, connections }, async ({ access, sql }) => {
      const read = (text: string, values: readonly unknown[]) => access.shown(text, values)
      const data = await endpoint.answer({ access, read }, parsed.data)
      return { data, sql: [...new Set(sql)], took_ms: Math.round(performance.now() - startedAt) }
    }),
  )
}

export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 413 | 429 | 500 | 503
  readonly error: string
  /** Ours to look into. */
  readonly isFault?: boolean
}

const STATEMENT_TIMED_OUT = '57014'

/** What went wrong, in words for the page. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof NotFound) return { status: 404, error: error.message }
  if (error instanceof ToolRefusal) return { status: 400, error: error.message }
  if (error instanceof EdgeRefusal) return { status: error.status as Refusal['status'], error: error.message }
  const isHungUpOn = error instanceof SensoriumError && error.message.startsWith('this took longer than')
  if (sqlState(error) === STATEMENT_TIMED_OUT || isHungUpOn) {
    return { status: 503, error: 'the database took too long; a shorter range asks less of it' }
  }
  if (error instanceof SensoriumError && error.code === 'DATABASE_UNREACHABLE') {
    return { status: 503, error: 'the database does not answer; this goes on by itself when it is back' }
  }
  if (error instanceof SensoriumError && error.code === 'USAGE') return { status: 400, error: error.message }
  if (!(error instanceof pg.DatabaseError) && /terminated|ECONNRESET|ended|closed/i.test(errorText(error))) {
    return { status: 503, error: 'the connection to the database broke; this goes on by itself when it is back' }
  }
  return { status: 500, error: 'this failed unexpectedly; the log of the server has the details', isFault: true }
}

export function refused(c: HonoContext, error: unknown): { response: Response; refusal: Refusal } {
  const refusal = refusalOf(error)
  if (error instanceof EdgeRefusal && error.retryAfterMs !== undefined) {
    c.header('retry-after', String(Math.ceil(error.retryAfterMs / 1000)))
  }
  return { response: c.json({ error: refusal.error }, refusal.status), refusal }
}
