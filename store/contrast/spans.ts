import { contrastEkedOut } from '../../analysis/contrast/eked-out.ts'
import { type Contrast, contrast, type Trait, type Units } from '../../analysis/contrast/index.ts'
import { numericTraits } from '../../analysis/contrast/numeric-traits.ts'
import { isOutcome } from '../../analysis/contrast/outcomes.ts'
import { listOf, type Read, type Scope, textOrNone, timeOf } from '../reading.ts'
import { FIRST_MAX, FIRST_MIN, SECOND_MAX, SECOND_MIN, type SetContrast } from './sets.ts'

interface SpanRef {
  readonly at: number
  readonly traceId: string
  readonly spanId: string
  readonly failed: boolean
  readonly durationMs: number
}

export interface Operation {
  readonly service: string
  readonly operation: string
}

/** Spans whose durations are compared to find the slow ones. */
const TIMED_MAX = 3_000

/** What the spans in which a problem was share, against good ones of the same operation at the same time. */
export async function contrastSpans(
  read: Read,
  scope: Scope,
  fingerprint: string,
  since: Date,
): Promise<SetContrast | undefined> {
  const { from, to, env, visible } = scope
  const failing = spansOf(
    await read('SELECT * FROM failing_spans($1, $2, $3, $4, $5, $6)', [fingerprint, env, from, to, visible, FIRST_MAX]),
  )
  if (failing.length < FIRST_MIN) return undefined
  const place = await placeOf(read, scope, failing)
  if (place === undefined) return undefined
  const [first, last] = [Math.min(...failing.map(({ at }) => at)), Math.max(...failing.map(({ at }) => at))]
  const traces = new Set(failing.map(({ traceId }) => traceId))
  const good = async (after: number, until: number) =>
    (await sampleOf(read, scope, place, after, until, SECOND_MAX)).filter(
      one => !one.failed && !traces.has(one.traceId),
    )
  const secondIs = 'good ones of the same operation, at the same time'
  const during = onePerTrace(await good(first - 1_000, last + 1_000))
  if (during.length >= SECOND_MIN) return compare(read, scope, place, failing, during, 'failures', secondIs)
  // Where nearly everything failed, what was before has to do.
  const before = onePerTrace(await good(+since, first - 1))
  const second = [...during, ...before]
  const isTold = (trait: Trait) => !isOutcome(trait.key) && !isOfTheTime(trait, failing.length, during.length)
  const parted = (units: Units) => contrastEkedOut(units, during.length)
  return compare(read, scope, place, failing, second, 'failures', `${secondIs} and before`, isTold, parted)
}

/** Of fewer good ones of the same time none tells what all of that time have. */
const DURING_MIN = 3
const OF_THE_TIME_SHARE = 0.5

/** What most good ones of the same time have, too, such as a release that came in between, is of the time and not of the failures. */
function isOfTheTime({ units }: Trait, failing: number, during: number): boolean {
  const having = units.filter(unit => unit >= failing && unit < failing + during).length
  return during >= DURING_MIN && having > OF_THE_TIME_SHARE * during
}

/** What the failed spans of an operation share, whatever they failed of, against the good ones of the same time. */
export async function contrastFailed(read: Read, scope: Scope, place: Operation): Promise<SetContrast | undefined> {
  const spans = onePerTrace(await sampleOf(read, scope, place, +scope.from, +scope.to, TIMED_MAX))
  const failed = spans.filter(one => one.failed)
  const good = spans.filter(one => !one.failed)
  if (failed.length === 0 || good.length < SECOND_MIN) return undefined
  const secondIs = 'good ones of the same operation, at the same time'
  return compare(read, scope, place, spread(failed, FIRST_MAX), spread(good, SECOND_MAX), 'failures', secondIs)
}

/** What the slowest twentieth of an operation shares, against the faster three quarters. */
export async function contrastSlow(read: Read, scope: Scope, place: Operation): Promise<SetContrast | undefined> {
  const spans = onePerTrace(await sampleOf(read, scope, place, +scope.from, +scope.to, TIMED_MAX))
  const sorted = spans.toSorted((a, b) => b.durationMs - a.durationMs)
  const limitMs = sorted[Math.ceil(sorted.length / 20) - 1]?.durationMs ?? 0
  // Where many are equally slow, all of them are: to take some would be to take them by their time.
  const slow = sorted.filter(one => one.durationMs >= limitMs)
  const usual = spread(sorted.slice(Math.max(slow.length, Math.ceil(sorted.length / 4))), SECOND_MAX)
  if (usual.length < SECOND_MIN) return undefined
  const limit = Math.round(limitMs * 10) / 10
  return compare(
    read,
    scope,
    place,
    spread(slow, FIRST_MAX),
    usual,
    `the slowest, from ${limit} ms on`,
    'the faster three quarters',
    () => true,
  )
}

/** Units before a moment are of the time right before it: what came earlier has them, too. */
const BEFORE_MS = 600_000
/** Of those before it, so few have what came with it: a moment is found to some requests. */
const BEFORE_SHARE_MAX = 0.05
/** What came with it is there by then, by the share of the units since. */
const LATE_SHARE_MAX = 0.1

/**
 * What came with a moment: values that spans of an operation have since then, and those right before it have not. What
 * was there before, and what came later, such as other deploys, is none of it.
 */
export async function contrastSince(
  read: Read,
  scope: Scope,
  place: Operation,
  at: Date,
): Promise<SetContrast | undefined> {
  const from = Math.max(+scope.from, +at - BEFORE_MS)
  const after = onePerTrace(await sampleOf(read, scope, place, +at, +scope.to, SECOND_MAX)).toSorted(
    (a, b) => a.at - b.at,
  )
  const before = onePerTrace(await sampleOf(read, scope, place, from, +at, SECOND_MAX))
  if (after.length === 0 || before.length < SECOND_MIN) return undefined
  const cameWithIt = ({ units }: Trait) =>
    (units[0] ?? 0) <= LATE_SHARE_MAX * after.length &&
    units.filter(unit => unit >= after.length).length <= BEFORE_SHARE_MAX * before.length
  return compare(read, scope, place, after, before, 'since the moment', 'right before it', cameWithIt)
}

async function compare(
  read: Read,
  { from, to, visible }: Scope,
  { service, operation }: Operation,
  first: readonly SpanRef[],
  second: readonly SpanRef[],
  firstIs: string,
  secondIs: string,
  isTold = ({ key }: Trait) => !isOutcome(key),
  parted: (units: Units) => Contrast = contrast,
): Promise<SetContrast> {
  const all = [...first, ...second]
  const rows = await read('SELECT * FROM span_traits($1, $2, $3, $4, $5, $6)', [
    all.map(({ traceId }) => traceId),
    all.map(({ spanId }) => spanId),
    first.length,
    from,
    to,
    visible,
  ])
  const traits = rows.flatMap(traitsOf).filter(isTold)
  return {
    ...parted({ first: first.length, second: second.length, traits }),
    service,
    operation,
    firstIs,
    secondIs,
    traceId: first[0]?.traceId,
  }
}

function traitsOf(row: Readonly<Record<string, unknown>>): Trait[] {
  const key = String(row.key)
  const units = listOf(row.units).map(Number)
  const value = textOrNone(row.value)
  if (value !== undefined) return [{ key, value, units }]
  const numbers = listOf(row.numbers)
  return numericTraits(
    key,
    units.map((unit, i) => ({ unit, number: Number(numbers[i]) })),
  )
}

/** Spans whose operation is looked up. */
const PLACED_MAX = 60

/** The operation of the service that most of the spans are of: only the like is compared. */
async function placeOf(
  read: Read,
  { from, to, visible }: Scope,
  spans: readonly SpanRef[],
): Promise<Operation | undefined> {
  const some = spread(spans, PLACED_MAX)
  const rows = await read(
    `SELECT service, operation_name FROM rows_around($1, $2, $3, $4, $5) WHERE depth = 0
     GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT 1`,
    [some.map(({ traceId }) => traceId), some.map(({ spanId }) => spanId), from, to, visible],
  )
  return rows[0] === undefined
    ? undefined
    : { service: String(rows[0].service), operation: String(rows[0].operation_name) }
}

async function sampleOf(
  read: Read,
  { env }: Scope,
  { service, operation }: Operation,
  since: number,
  until: number,
  limit: number,
): Promise<SpanRef[]> {
  if (until <= since) return []
  return spansOf(
    await read('SELECT * FROM sample_spans($1, $2, $3, $4, $5, $6)', [
      service,
      operation,
      env,
      new Date(since),
      new Date(until),
      limit,
    ]),
  )
}

function spansOf(rows: readonly Readonly<Record<string, unknown>>[]): SpanRef[] {
  return rows.map(row => ({
    at: timeOf(row.timestamp),
    traceId: String(row.trace_id),
    spanId: String(row.span_id),
    failed: row.status === 'error',
    durationMs: Number(row.duration_ms),
  }))
}

/** A request that tries three times is one request. */
function onePerTrace(spans: readonly SpanRef[]): SpanRef[] {
  return [...new Map(spans.map(span => [span.traceId, span])).values()]
}

function spread<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list
  return Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]!)
}
