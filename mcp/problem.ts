import { SensoriumError } from '../pipeline/errors.ts'
import type { Access } from './access.ts'
import type { Row } from './answer.ts'
import { plainRow } from './answer-text.ts'
import { fingerprintId } from './tool.ts'

/** What is known of a distinct problem, from what the caller may see alone; no row where that is nothing. */
export function readProblem(access: Access, fingerprint: string): Promise<Row[]> {
  return access.shown(
    `SELECT lpad(to_hex(f.fingerprint), 16, '0') AS fingerprint, lpad(to_hex(f.group_id), 16, '0') AS group_id, f.kind, f.status,
       f.template, s.*
     FROM fingerprints f CROSS JOIN LATERAL (
       SELECT sum(records)::float8 AS records_ever, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
         array_agg(DISTINCT service) AS services, (array_agg(first_release ORDER BY first_seen))[1] AS first_release
       FROM fingerprint_services s WHERE s.fingerprint = f.fingerprint AND is_among(service, $2)) s
     WHERE f.fingerprint = $1::bigint AND s.records_ever IS NOT NULL`,
    [fingerprintId(fingerprint), access.services ?? null],
  )
}

const SEVERITY_WARN = 13
/** Cosine of two problems' vectors: in the demo, what has nothing in common but its form stays below. */
const LIKENESS_MIN = 0.4

/** Problems of the past that are like this one. */
export async function similarTo(access: Access, fingerprint: string): Promise<Row[]> {
  try {
    const query = { fingerprint: BigInt(fingerprintId(fingerprint)), limit: 10, visible: access.services }
    const { hits } = await access.searcher.similar(query)
    // What only looks alike and is no trouble explains nothing.
    const troubles = hits.filter(
      ({ kind, severity_number, matched }) =>
        (kind === 'error' || severity_number >= SEVERITY_WARN) && (matched.meaning?.measure ?? 1) >= LIKENESS_MIN,
    )
    return troubles.slice(0, 3).map(hit =>
      plainRow({
        fingerprint: hit.fingerprint,
        template: hit.template,
        ...(hit.matched.meaning === undefined ? {} : { likeness: Math.round(hit.matched.meaning.measure * 100) / 100 }),
        records_ever: hit.records,
        last_seen: hit.last_seen.toISOString(),
        services: hit.services.map(place => place.service),
      }),
    )
  } catch (error) {
    // A problem of the last second is not folded yet, so nothing is known to be like it.
    if (error instanceof SensoriumError && error.code === 'USAGE') return []
    throw error
  }
}
