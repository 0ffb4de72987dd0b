import type pg from 'pg'
import { type Matcher, matchesAll, parseMatcher } from '../../analysis/matchers.ts'
import type { HeldBackBy } from '../../analysis/notify/decide.ts'
import { isWithin } from '../../analysis/time-intervals.ts'
import type { Finding, Routing } from '../../pipeline/model/index.ts'

interface Holding {
  readonly kind: 'silence' | 'maintenance'
  readonly matchers: readonly Matcher[]
}

/** The silences and maintenance windows that hold now. */
export async function readHoldings(client: pg.ClientBase, now: Date): Promise<readonly Holding[]> {
  const { rows } = await client.query<{ kind: Holding['kind']; matchers: string[] }>(
    `SELECT kind, matchers FROM silences WHERE starts_at <= $1 AND ends_at > $1 ORDER BY silence_id`,
    [now],
  )
  return rows.map(({ kind, matchers }) => ({ kind, matchers: matchers.map(parseMatcher) }))
}

/** A source whose end never came stops holding others back: the process that would have told it is gone. */
const SOURCE_LASTS = '7 days'

/** Of the sources that the routings name, those that fire, with their findings. */
export async function readFiring(
  client: pg.ClientBase,
  routings: readonly Routing[],
  now: Date,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const names = [...new Set(routings.flatMap(({ inhibited_by }) => inhibited_by ?? []))]
  const firing = new Map<string, Set<string>>()
  if (names.length === 0) return firing
  const { rows } = await client.query<{ source: string; id: string }>(
    `SELECT source, finding_id AS id FROM inhibit_sources
     WHERE firing AND source = ANY ($1) AND at > $2::timestamptz - interval '${SOURCE_LASTS}'`,
    [names, now],
  )
  for (const { source, id } of rows) firing.set(source, (firing.get(source) ?? new Set()).add(id))
  return firing
}

/** What keeps a destination from being told of a finding now, the most deliberate first. */
export function heldBackBy(
  finding: Finding,
  routing: Routing,
  holdings: readonly Holding[],
  firing: ReadonlyMap<string, ReadonlySet<string>>,
  now: Date,
): HeldBackBy | undefined {
  if (routing.heeds_silences === true) {
    const holding = holdings.find(({ matchers }) => matchesAll(matchers, finding.labels))
    if (holding !== undefined) return holding.kind
  }
  // Nothing holds itself back.
  const isInhibited = (routing.inhibited_by ?? []).some(source =>
    [...(firing.get(source) ?? [])].some(id => id !== finding.id),
  )
  if (isInhibited) return 'inhibit'
  return routing.mute?.some(interval => isWithin(interval, now)) === true ? 'mute' : undefined
}
