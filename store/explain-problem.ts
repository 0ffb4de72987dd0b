import type { Judged } from '../analysis/problems/judge.ts'
import { blame, type Slowdown } from '../analysis/releases/blame.ts'
import { type KnownChange, readKnownChanges } from './changes.ts'
import { contrastFailures, type SetContrast } from './contrast/index.ts'
import { readSlowdowns } from './operation-moments.ts'
import { readProblemSeries } from './problems.ts'
import { listOf, type Read, type Scope, textOrNone, timeOf } from './reading.ts'

/** Where a problem is thrown: one of its failures. */
export interface Origin {
  readonly at: number
  readonly service: string
  readonly environment: string
  readonly release: string | undefined
  /** The span that carries it. */
  readonly operation: string | undefined
  /** What took the request in that service. */
  readonly entryOperation: string | undefined
  readonly callers: readonly string[]
  readonly traceId: string | undefined
  readonly spanId: string | undefined
  readonly requestId: string | undefined
  readonly errorType: string | undefined
  readonly message: string | undefined
  readonly stack: string | undefined
}

/** All that is known of why a problem came. */
export interface Explanation {
  readonly problem: Judged
  readonly origin: Origin
  /** Undefined for a problem that is as it always was: there is nothing to blame. */
  readonly cause: Cause | undefined
  readonly shared: SetContrast | undefined
  readonly slowdowns: readonly Slowdown[]
}

export interface Cause {
  readonly change: KnownChange | undefined
  readonly because: readonly string[]
  /** The last change of the service before it, where it is not the cause. */
  readonly nearest: KnownChange | undefined
}

/** Changes are looked for so long before the first failure. */
const CHANGES_BEFORE_MS = 24 * 3_600_000
/** Why a problem came, if there is anything of it in the range. */
export async function explainProblem(read: Read, scope: Scope, fingerprint: string): Promise<Explanation | undefined> {
  const problem = await readProblemSeries(read, scope, fingerprint)
  if (problem === undefined) return undefined
  const during = { ...scope, from: new Date(problem.onset - 1), to: new Date(problem.end + 1) }
  const origin = await readOrigin(read, during, fingerprint)
  if (origin === undefined) return undefined
  const shared = await contrastFailures(read, during, fingerprint, scope.from)
  if (problem.trend === 'steady') return { problem, origin, cause: undefined, shared, slowdowns: [] }
  const timed = origin.entryOperation ?? origin.operation
  const slowdowns =
    timed === undefined ? [] : await readSlowdowns(read, scope, { service: origin.service, operation: timed })
  const visible = [origin.service, ...origin.callers].filter(name => scope.visible?.includes(name) ?? true)
  const changes = await readKnownChanges(read, new Date(problem.onset - CHANGES_BEFORE_MS), during.to, visible)
  const releases = await releasesOf(read, during, fingerprint, origin.service)
  const sharedKeys = (shared?.shared ?? []).flatMap(one => [...one.traits, ...one.also].map(({ key }) => key))
  const { service, callers } = origin
  const { onset, end, unusual: failures } = problem
  const isNew = problem.trend === 'new'
  const found = blame({ service, callers, onset, end, failures, isNew, releases, slowdowns, sharedKeys }, changes)
  const known = (change: typeof found.change) => changes.find(one => one === change)
  return {
    problem,
    origin,
    cause: { change: known(found.change), because: found.because, nearest: known(found.nearest) },
    shared,
    slowdowns,
  }
}

async function readOrigin(
  read: Read,
  { from, to, env, visible }: Scope,
  fingerprint: string,
): Promise<Origin | undefined> {
  const [row] = await read('SELECT * FROM failure_origin($1, $2, $3, $4, $5)', [fingerprint, from, to, env, visible])
  if (row === undefined) return undefined
  return {
    at: timeOf(row.timestamp),
    service: String(row.service),
    environment: String(row.environment),
    release: textOrNone(row.release),
    operation: textOrNone(row.operation),
    entryOperation: textOrNone(row.entry_operation),
    callers: listOf(row.callers).map(String),
    traceId: textOrNone(row.trace_id),
    spanId: textOrNone(row.span_id),
    requestId: textOrNone(row.request_id),
    errorType: textOrNone(row.error_type),
    message: textOrNone(row.message),
    stack: textOrNone(row.error_stack),
  }
}

async function releasesOf(
  read: Read,
  { from, to, env }: Scope,
  fingerprint: string,
  service: string,
): Promise<string[]> {
  const rows = await read(
    `SELECT DISTINCT release FROM failure_records WHERE fingerprint = ('x' || $1)::bit(64)::bigint AND timestamp > $2
       AND timestamp <= $3 AND service = $4 AND is_among(environment, environment_names($5)) AND release IS NOT NULL`,
    [fingerprint, from, to, service, env],
  )
  return rows.map(row => String(row.release))
}
