import type { Access } from './access.ts'
import type { Row } from './answer.ts'
import { fingerprintId } from './tool.ts'

/** What is known of a distinct problem, from what the caller may see alone; no row where that is nothing. */
export function readProblem(access: Access, fingerprint: string): Promise<Row[]> {
  return access.shown(
    `SELECT lpad(to_hex(f.fingerprint), 16, '0') AS fingerprint, lpad(to_hex(f.group_id), 16, '0') AS group_id, f.kind, f.status,
       f.template, s.*
     FROM fingerprints f CROSS JOIN LATERAL (
       SELECT sum(records)::float8 AS records, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
         array_agg(DISTINCT service) AS services, (array_agg(first_release ORDER BY first_seen))[1] AS first_release
       FROM fingerprint_services s WHERE s.fingerprint = f.fingerprint AND is_among(service, $2)) s
     WHERE f.fingerprint = $1::bigint AND s.records IS NOT NULL`,
    [fingerprintId(fingerprint), access.services ?? null],
  )
}
