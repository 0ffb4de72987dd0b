import type pg from 'pg'

/*
 * A new version of the algorithm gives some problems other ids. Each record that comes brings both (`previous`), so an
 * id that is new is known to stand for an old one as soon as its first record is folded: it is no news, it takes over
 * whether the problem was resolved, and since when and in which release it was seen, and the old one joins its group.
 * One old id may stand for several new ones (what should never have been one problem) and several for one.
 */

/**
 * Notes what the sightings in `folding` say of ids of the version before, and hands on what was known under them.
 *
 * @param created fingerprints that this fold has made
 * @returns how many ids of the version before were recognised, and those of `created` that stand for one
 */
export async function carryOver(
  client: pg.ClientBase,
  created: readonly string[],
): Promise<{ readonly carried: number; readonly heirs: ReadonlySet<string> }> {
  const { rows } = await client.query<{ old_fingerprint: string; new_fingerprint: string }>(NOTE)
  if (rows.length === 0) return { carried: 0, heirs: new Set() }
  const successors = [...new Set(rows.map(row => row.new_fingerprint))]
  const isCreated = new Set(created)
  const heirs = successors.filter(fingerprint => isCreated.has(fingerprint))
  await client.query(INHERIT_TIMES, [successors])
  await client.query(INHERIT_STATUS, [heirs])
  return { carried: new Set(rows.map(row => row.old_fingerprint)).size, heirs: new Set(heirs) }
}

/** To be called once `fingerprint_services` has the rows of this fold. */
export async function carryServicesOver(client: pg.ClientBase): Promise<void> {
  await client.query(INHERIT_SERVICES)
}

/** An old id is one that an earlier version made: of two of the same version neither stands for the other. */
const NOTE = `
  INSERT INTO fingerprint_successors (old_fingerprint, new_fingerprint)
  SELECT DISTINCT s.previous, s.fingerprint FROM folding s JOIN fingerprints old ON old.fingerprint = s.previous
  WHERE s.previous <> s.fingerprint AND (old.version < s.version OR old.kind <> s.kind)
  ORDER BY 1, 2 ON CONFLICT DO NOTHING RETURNING old_fingerprint, new_fingerprint`

const INHERIT_TIMES = `
  WITH past AS (
    SELECT c.new_fingerprint, min(old.first_seen) AS first_seen,
      (array_agg(old.first_release ORDER BY old.first_seen, old.fingerprint))[1] AS first_release
    FROM fingerprint_successors c JOIN fingerprints old ON old.fingerprint = c.old_fingerprint
    WHERE c.new_fingerprint = ANY ($1::bigint[]) GROUP BY 1 ORDER BY 1
  )
  UPDATE fingerprints f SET first_seen = past.first_seen, first_release = past.first_release
  FROM past WHERE f.fingerprint = past.new_fingerprint AND past.first_seen < f.first_seen`

/** Resolved where all that it stands for was; a problem that is open under one of its names is open. */
const INHERIT_STATUS = `
  WITH past AS (
    SELECT c.new_fingerprint,
      CASE WHEN bool_or(old.status = 'regressed') THEN 'regressed' WHEN bool_or(old.status = 'open') THEN 'open' ELSE 'resolved' END AS status,
      max(old.resolved_at) AS resolved_at
    FROM fingerprint_successors c JOIN fingerprints old ON old.fingerprint = c.old_fingerprint
    WHERE c.new_fingerprint = ANY ($1::bigint[]) GROUP BY 1 ORDER BY 1
  )
  UPDATE fingerprints f SET status = past.status, resolved_at = past.resolved_at
  FROM past WHERE f.fingerprint = past.new_fingerprint AND past.status <> 'open'`

const INHERIT_SERVICES = `
  WITH past AS (
    SELECT c.new_fingerprint, old.service, old.environment, min(old.first_seen) AS first_seen,
      (array_agg(old.first_release ORDER BY old.first_seen, old.fingerprint))[1] AS first_release
    FROM (SELECT DISTINCT fingerprint FROM folding WHERE previous IS NOT NULL) s
    JOIN fingerprint_successors c ON c.new_fingerprint = s.fingerprint
    JOIN fingerprint_services old ON old.fingerprint = c.old_fingerprint
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
  )
  UPDATE fingerprint_services f SET first_seen = past.first_seen, first_release = past.first_release
  FROM past WHERE f.fingerprint = past.new_fingerprint AND f.service = past.service
    AND f.environment = past.environment AND past.first_seen < f.first_seen`

/** For each fingerprint of an earlier version (of all, or of those given), those that stand for it now, smallest first. */
export async function readSuccessors(
  client: pg.ClientBase,
  of?: readonly bigint[],
): Promise<Map<bigint, readonly bigint[]>> {
  const { rows } = await client.query<{ old_fingerprint: string; successors: string[] }>(
    `SELECT old_fingerprint, array_agg(new_fingerprint::text ORDER BY new_fingerprint) AS successors
     FROM fingerprint_successors WHERE $1::bigint[] IS NULL OR old_fingerprint = ANY ($1) GROUP BY 1`,
    [of?.map(String) ?? null],
  )
  return new Map(rows.map(row => [BigInt(row.old_fingerprint), row.successors.map(BigInt)]))
}
