import type pg from 'pg'
import { operationOf } from '../../analysis/operation-name.ts'
import { type Call, type CallSpan, callsOf } from '../../analysis/service-map/calls.ts'
import type { AttributeValue } from '../../pipeline/model/index.ts'
import { inTransaction } from '../connect.ts'
import type { Job } from '../jobs/index.ts'
import { advance } from '../jobs/state.ts'
import { peerName, peerOf } from '../red/peer.ts'

const NAME = 'service_map'
const EVERY_MS = 15_000
/** By then the other spans of an example's trace have come, from whomever they come. */
const SETTLED_MS = 90_000
/** Of a place that is known, an example is looked at so often; of one that gave no answer, too. */
const AGAIN_MS = 10 * 60_000
/** Traces that one turn reads, and spans of all of them. */
const TRACES_MAX = 60
const SPANS_MAX = 20_000
/** Places that are remembered as looked at. */
const LOOKED_AT_MAX = 20_000
/** How far from the example's minute its trace may reach. */
const REACH_MS = 15 * 60_000
/** After an outage of all replicas, examples of the last hour tell as much as older ones. */
const BEHIND_MAX_MS = 3_600_000

/** Learns which service answers where, from a few traces by their ids. Reads the minutes that were merged since its last turn. */
export function serviceMapJob(): Job {
  const lookedAt = new Map<string, number>()
  return {
    name: NAME,
    everyMs: EVERY_MS,
    isLong: true,
    async run({ client, now, watermark }) {
      const until = new Date(+now - SETTLED_MS)
      const from = new Date(Math.max(+(watermark ?? 0), +until - BEHIND_MAX_MS))
      await learn(client, from, until, lookedAt)
    },
  }
}

/** Learns from the examples of minutes in [from, until). Returns how many calls it saw. */
export async function learn(
  client: pg.ClientBase,
  from: Date,
  until: Date,
  lookedAt: Map<string, number> = new Map(),
): Promise<number> {
  const found = await client.query<Example>(EXAMPLES, [from, until])
  const due = found.rows.filter(({ place }) => +until - (lookedAt.get(place) ?? 0) >= AGAIN_MS).slice(0, TRACES_MAX)
  if (lookedAt.size > LOOKED_AT_MAX) lookedAt.clear()
  for (const { place } of due) lookedAt.set(place, +until)
  const reach = [new Date(+from - REACH_MS), new Date(+until + REACH_MS)] as const
  const spans = await readSpans(client, [...new Set(due.map(({ traceId }) => traceId))], ...reach)
  const known = new Set(spans.map(({ traceId }) => traceId))
  const linked = spans.flatMap(({ links }) => links.map(({ traceId }) => traceId)).filter(id => !known.has(id))
  spans.push(...(await readSpans(client, [...new Set(linked)].slice(0, TRACES_MAX), ...reach)))
  const calls = callsOf(spans)
  await inTransaction(client, async () => {
    await client.query(REMEMBER, [...columnsOf(calls), until])
    await advance(client, NAME, until)
  })
  return calls.length
}

interface Example {
  /** Tells places apart. */
  readonly place: string
  readonly traceId: string
}

/** One trace for each place that was called, the latest; databases answer by themselves. */
const EXAMPLES = `
  SELECT place, "traceId" FROM (
    SELECT DISTINCT ON (place) jsonb_build_array(environment, service, kind, coalesce(peer_kind, 'operation'), coalesce(peer, operation))::text AS place,
      trace_id AS "traceId", minute
    FROM request_minutes
    WHERE minute >= $1 AND minute < $2 AND kind IN ('client', 'producer', 'consumer') AND trace_id IS NOT NULL
      AND peer_kind IS DISTINCT FROM 'database'
    ORDER BY place, minute DESC
  ) latest ORDER BY place`

interface Row {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | null
  readonly service: string
  readonly environment: string
  readonly kind: string
  readonly name: string
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly links: readonly { readonly trace_id: string; readonly span_id: string }[]
}

async function readSpans(
  client: pg.ClientBase,
  traceIds: readonly string[],
  from: Date,
  until: Date,
): Promise<CallSpan[]> {
  if (traceIds.length === 0) return []
  const { rows } = await client.query<Row>(
    `SELECT trace_id AS "traceId", span_id AS "spanId", parent_span_id AS "parentSpanId", service, environment, kind,
       operation_name AS name, CASE WHEN kind IN ('client', 'producer') THEN attributes ELSE '{}' END AS attributes, coalesce(links, '[]') AS links
     FROM trace_spans WHERE trace_id = ANY ($1) AND timestamp >= $2 AND timestamp < $3 AND service IS NOT NULL LIMIT ${SPANS_MAX}`,
    [traceIds, from, until],
  )
  return rows.map(({ name, attributes, links, ...span }) => {
    const peer = peerOf(new Map(Object.entries(attributes)))
    return {
      ...span,
      operation: operationOf(name),
      peer: peer && { kind: peer.kind, name: peerName(peer, operationOf) },
      links: links.map(link => ({ traceId: link.trace_id, spanId: link.span_id })),
    }
  })
}

/** What was seen of a place before counts the less the longer ago it was. */
const REMEMBER = `
  INSERT INTO call_targets AS t (environment, caller, peer_kind, peer, callee, is_async, seen, first_seen, last_seen)
  SELECT environment, caller, peer_kind, peer, callee, bool_or(is_async), count(*), $7, $7
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[]) AS c (environment, caller, peer_kind, peer, callee, is_async)
  GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT (environment, caller, peer_kind, peer, callee) DO UPDATE SET
    is_async = excluded.is_async, seen = call_weight(t.seen, t.last_seen, excluded.last_seen) + excluded.seen,
    last_seen = greatest(t.last_seen, excluded.last_seen)`

function columnsOf(calls: readonly Call[]): unknown[][] {
  return [
    calls.map(({ environment }) => environment),
    calls.map(({ caller }) => caller),
    calls.map(({ peerKind }) => peerKind),
    calls.map(({ peer }) => peer),
    calls.map(({ callee }) => callee),
    calls.map(({ isAsync }) => isAsync),
  ]
}
