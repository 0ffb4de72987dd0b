import { SpanKind } from '@opentelemetry/api'
import { type Nanos, SECOND } from '../clock.ts'
import { POOL_SIZE } from '../telemetry/instruments.ts'
import { ServiceError } from './failure.ts'
import { SERVICE_PROFILES } from './release.ts'
import { inside, spend, type Work } from './work.ts'

/** A prepared statement: values travel apart from it, so its text is the same for every order. */
export interface Statement {
  readonly operation: 'SELECT' | 'INSERT' | 'UPDATE'
  readonly table: string
  readonly text: string
  readonly medianMs: number
}

/** Now and then a statement waits: for a lock, a checkpoint, a cold page. */
const SLOW_CHANCE = 0.003
const SLOW_FACTOR = 25
const MAX_STATEMENT_MS = 4_000
/** A failover, a pooler that restarts. */
const RESET_CHANCE = 0.0012

class DatabaseConnectionError extends ServiceError {}

/** Runs a statement on the service's own PostgreSQL database. `rows` is what it gives back. */
export function query(work: Work, statement: Statement, rows = 1, medianMs = statement.medianMs): Promise<void> {
  const { operation, table, text } = statement
  const namespace = SERVICE_PROFILES[work.instance.service].database
  const server = { 'server.address': `${namespace}-db.shop.svc.cluster.local`, 'server.port': 5432 }
  const what = {
    'db.system.name': 'postgresql',
    'db.namespace': namespace,
    'db.collection.name': table,
    'db.operation.name': operation,
    'db.query.summary': `${operation} ${table}`,
  }
  const attributes = { ...what, ...server, 'db.query.text': text, 'db.response.returned_rows': rows }
  if (work.shop.isPoolDry(work.instance.service, work.request.now)) waitForConnection(work, namespace)
  return timed(work, `${operation} ${table}`, what, attributes, child => {
    const { random } = work.request
    const wait = random.chance(SLOW_CHANCE) ? SLOW_FACTOR : 1
    spend(child, Math.min(MAX_STATEMENT_MS, random.lognormal(medianMs, 0.45) * wait))
    if (random.chance(RESET_CHANCE)) readReply(namespace)
  })
}

/** Somebody's report holds the connections: most requests get one late, some never. */
const POOL_TIMEOUT_MS = 1_500
const POOL_TIMEOUT_CHANCE = 0.2

class PoolTimeoutError extends ServiceError {}

function waitForConnection(work: Work, namespace: string): void {
  const { random } = work.request
  const isInVain = random.chance(POOL_TIMEOUT_CHANCE)
  spend(work, isInVain ? POOL_TIMEOUT_MS : Math.min(POOL_TIMEOUT_MS, random.lognormal(420, 0.5)))
  if (!isInVain) return
  throw new PoolTimeoutError(
    503,
    'error',
    `no connection to database "${namespace}" became free within ${POOL_TIMEOUT_MS} ms, all ${POOL_SIZE} are in use`,
  )
}

/** The driver's view of a connection that went away under it. */
function readReply(namespace: string): never {
  const cause = new Error('read ECONNRESET')
  throw new DatabaseConnectionError(503, 'error', `connection to database "${namespace}" was closed by the server`, {
    cause,
  })
}

const REDIS = { 'server.address': 'session-cache.shop.svc.cluster.local', 'server.port': 6379 }

class SessionStoreError extends ServiceError {}

/** Runs a command on the storefront's Redis. */
export function cache(work: Work, command: 'GET' | 'SET' | 'HGETALL' | 'HSET', key: string): Promise<void> {
  const what = { 'db.system.name': 'redis', 'db.namespace': '0', 'db.operation.name': command }
  return timed(work, command, what, { ...what, ...REDIS, 'db.query.text': `${command} ${key}` }, child => {
    const { random } = work.request
    spend(child, random.lognormal(0.7, 0.4))
    if (random.chance(0.002)) waitForReply(child, command)
  })
}

const CACHE_TIMEOUT_MS = 250

function waitForReply(work: Work, command: string): never {
  spend(work, CACHE_TIMEOUT_MS)
  throw new SessionStoreError(503, 'error', `session store did not answer ${command} within ${CACHE_TIMEOUT_MS} ms`)
}

async function timed(
  work: Work,
  name: string,
  labels: Record<string, string>,
  attributes: Record<string, string | number>,
  part: (work: Work) => void,
): Promise<void> {
  const startedAt: Nanos = work.request.now
  const { instance, shop, request } = work
  try {
    await inside(work, name, attributes, part, SpanKind.CLIENT)
  } finally {
    const elapsed = request.now - startedAt
    instance.load.databaseNs += elapsed
    shop.measure(request.now, () => instance.telemetry.instruments.database.record(elapsed / SECOND, labels))
  }
}
