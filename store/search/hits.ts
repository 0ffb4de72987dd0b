import type pg from 'pg'
import type { Certainty } from './certainty.ts'
import type { Fused } from './fuse.ts'

/** Where a problem was seen, and how often there. */
export interface Place {
  readonly service: string
  readonly environment: string
  readonly records: number
}

export interface SearchHit {
  /** 16 hex digits, as everywhere. */
  readonly fingerprint: string
  readonly group_id: string
  readonly kind: string
  readonly template: string
  /** What a record of it said; null where that may not be told. */
  readonly sample: string | null
  readonly severity_number: number
  /** Of the fingerprint; what is stored and not folded yet is counted. */
  readonly records: number
  /** Fingerprints of the group. */
  readonly group_members: number
  readonly first_seen: Date
  readonly last_seen: Date
  readonly first_release: string | null
  /** The most affected first. */
  readonly services: readonly Place[]
  /** In standard deviations of the cosine: comparable within an answer only. */
  readonly score: number
  /** How sure it is that this is about the question. */
  readonly certainty: Certainty
  /** Why it is here: its rank in each way of looking, with that way's measure. */
  readonly matched: Fused['matched']
}

export type Found = Fused & { readonly certainty: Certainty }

type Row = Omit<SearchHit, 'score' | 'certainty' | 'matched'> & { readonly id: string }

/** What is known of the fused fingerprints, in their order; of what these services alone sent, where some are named. */
export async function readHits(
  client: pg.ClientBase,
  found: readonly Found[],
  visible?: readonly string[],
): Promise<SearchHit[]> {
  const ids = found.map(({ fingerprint }) => String(fingerprint))
  const { rows } = await client.query<Row>(DETAILS, [ids, visible ?? null])
  const byId = new Map(rows.map(({ id, ...row }) => [BigInt(id), row]))
  return found.flatMap(({ fingerprint, score, certainty, matched }) => {
    const row = byId.get(fingerprint)
    return row === undefined ? [] : [{ ...row, score, certainty, matched }]
  })
}

/** float8: counts beyond 2^53 are not to be expected, and pg gives them as numbers. */
const DETAILS = `
  SELECT f.fingerprint AS id, lpad(to_hex(f.fingerprint), 16, '0') AS fingerprint,
    lpad(to_hex(f.group_id), 16, '0') AS group_id, f.kind, f.template,
    CASE WHEN $2::text[] IS NULL THEN f.sample END AS sample, f.severity_number,
    p.records, (SELECT count(*)::int FROM fingerprints m WHERE m.group_id = f.group_id) AS group_members,
    p.first_seen, p.last_seen, CASE WHEN $2::text[] IS NULL THEN f.first_release END AS first_release, p.services
  FROM fingerprints f CROSS JOIN LATERAL (
    SELECT sum(records)::float8 AS records, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
      json_agg(json_build_object('service', service, 'environment', environment, 'records', records)
        ORDER BY records DESC, service, environment) AS services
    FROM fingerprint_counts c WHERE c.fingerprint = f.fingerprint AND ($2::text[] IS NULL OR c.service = ANY ($2))
  ) p
  WHERE f.fingerprint = ANY ($1::bigint[])`
