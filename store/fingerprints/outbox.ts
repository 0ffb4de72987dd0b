import type pg from 'pg'

/** Something that was found and not yet told. */
export interface Finding {
  readonly id: bigint
  readonly type: 'new_fingerprint' | 'regressed'
  readonly fingerprint: bigint
  readonly kind: string
  readonly template: string
  readonly severityNumber: number
  /** `service.version` of the record that it was found by. */
  readonly release: string | null
  /** Of one that was resolved: the version and the commit of the fix, where somebody said. */
  readonly fixedIn: string | null
  readonly fixedBy: string | null
  /** That have it, the one that had it first at the head. */
  readonly services: readonly string[]
  readonly environment: string | null
  readonly foundAt: Date
  /** When a new one was first seen, which may be long before it came; when one that is back was found. */
  readonly since: Date
}

/** Findings to be told at once: a first start may have thousands. */
const READ_MAX = 500

/** The oldest findings that are not told yet. */
export async function readFindings(client: pg.ClientBase): Promise<Finding[]> {
  const { rows } = await client.query<
    Omit<Finding, 'id' | 'fingerprint'> & { readonly id: string; readonly fingerprint: string }
  >(
    `SELECT o.finding_id AS id, o.type, o.fingerprint, f.kind, f.template, f.severity_number AS "severityNumber",
       o.release, f.fixed_in AS "fixedIn", f.fixed_by AS "fixedBy", o.found_at AS "foundAt",
       CASE WHEN o.type = 'new_fingerprint' THEN least(f.first_seen, o.found_at) ELSE o.found_at END AS since,
       ARRAY(SELECT service FROM fingerprint_services s WHERE s.fingerprint = o.fingerprint GROUP BY 1 ORDER BY min(first_seen), 1) AS services,
       (SELECT environment FROM fingerprint_services s WHERE s.fingerprint = o.fingerprint ORDER BY first_seen, environment LIMIT 1) AS environment
     FROM finding_outbox o JOIN fingerprints f USING (fingerprint) ORDER BY o.finding_id LIMIT ${READ_MAX}`,
  )
  return rows.map(row => ({ ...row, id: BigInt(row.id), fingerprint: BigInt(row.fingerprint) }))
}

/** To be called once they are stored downstream. */
export async function forgetFindings(client: pg.ClientBase, ids: readonly bigint[]): Promise<void> {
  await client.query('DELETE FROM finding_outbox WHERE finding_id = ANY ($1::bigint[])', [ids.map(String)])
}
