import type pg from 'pg'
import { inTransaction } from '../connect.ts'
import { carryOver, carryServicesOver } from './carry-over.ts'

/** Sightings that one transaction folds: bounds its locks and the rows that a crash makes it do again. */
const FOLD_BATCH_ROWS = 50_000
/** SeverityNumber ERROR, from which a new fingerprint is news. */
const SEVERITY_ERROR = 17

export interface Folded {
  /** Sightings that were taken. */
  readonly sightings: number
  /** Fingerprints that the table did not have before, and how many of them are of log lines, which are to be grouped. */
  readonly added: number
  readonly addedLogs: number
  /** Fingerprints of an earlier version that were recognised in what came. */
  readonly carried: number
}

/**
 * Adds sightings to `fingerprints` and `fingerprint_services` and deletes them, in one transaction with the findings
 * that follow from them: each is counted once, and each finding made once, however often this is interrupted. Rows are
 * written in the order of their keys, so two folds cannot deadlock; SKIP LOCKED lets them share the work.
 */
export function foldSightings(client: pg.ClientBase, limit = FOLD_BATCH_ROWS): Promise<Folded> {
  return inTransaction(client, async () => {
    await client.query(TAKE, [limit])
    await client.query(LOCK_KNOWN)
    const { rows } = await client.query<{ fingerprint: string; kind: string; is_news: boolean }>(FOLD_FINGERPRINTS, [
      SEVERITY_ERROR,
    ])
    const { carried, heirs } = await carryOver(
      client,
      rows.map(row => row.fingerprint),
    )
    await client.query(FIND_REGRESSED)
    await client.query(FOLD_SERVICES)
    await client.query(FOLD_MINUTES)
    if (carried > 0) await carryServicesOver(client)
    await client.query(FOLD_RELEASES)
    await client.query(FOLD_RELEASE_MINUTES)
    await client.query(ADD_TEXTS)
    await client.query(ADD_LITERALS)
    const news = rows.filter(row => row.is_news && !heirs.has(row.fingerprint)).map(row => row.fingerprint)
    if (news.length > 0) {
      await client.query(
        `INSERT INTO finding_outbox (type, fingerprint, release)
         SELECT 'new_fingerprint', fingerprint, first_release FROM fingerprints
         WHERE fingerprint = ANY ($1::bigint[]) ORDER BY fingerprint`,
        [news],
      )
    }
    const { rows: taken } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM folding')
    await client.query('DROP TABLE folding')
    const addedLogs = rows.filter(row => row.kind === 'log').length
    return { sightings: taken[0]!.n, added: rows.length, addedLogs, carried }
  })
}

const TAKE = `
  CREATE TEMP TABLE folding ON COMMIT DROP AS
  WITH taken AS (
    DELETE FROM fingerprint_sightings
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM fingerprint_sightings LIMIT $1 FOR UPDATE SKIP LOCKED))
    RETURNING *
  )
  SELECT * FROM taken`

/** All at once and in their order, before anything is written: whoever else folds or marks them does the same. */
const LOCK_KNOWN = `
  SELECT FROM fingerprints WHERE fingerprint IN (SELECT fingerprint FROM folding) ORDER BY fingerprint FOR UPDATE`

/**
 * The resolved that were seen later than they were resolved, on a version with the fix where that is known. The release is
 * that of the last sighting.
 */
const FIND_REGRESSED = `
  WITH seen AS (
    SELECT fingerprint, max(last_seen) AS last_seen,
      (array_agg(service_version ORDER BY last_seen DESC, service_version))[1] AS release
    FROM folding WHERE version > 0 GROUP BY fingerprint
  ), back AS (
    SELECT f.fingerprint, seen.release FROM fingerprints f JOIN seen USING (fingerprint)
    WHERE f.status = 'resolved' AND seen.last_seen > f.resolved_at
      AND (f.fixed_in IS NULL OR coalesce(has_fix(seen.release, f.fixed_in), true)) ORDER BY f.fingerprint
  ), marked AS (
    UPDATE fingerprints f SET status = 'regressed' FROM back WHERE f.fingerprint = back.fingerprint
  )
  INSERT INTO finding_outbox (type, fingerprint, release) SELECT 'regressed', fingerprint, release FROM back`

/** Rows with version 0 only take back a count. The earliest sighting names the release, the most severe one the sample. xmax is 0 in a row that was just made. */
const FOLD_FINGERPRINTS = `
  WITH folded AS (
    INSERT INTO fingerprints AS f (fingerprint, group_id, automatic_group, kind, version, seen_version, template,
      sample, severity_number, records, first_seen, last_seen, first_release)
    SELECT fingerprint, fingerprint, fingerprint, (array_agg(kind ORDER BY version DESC))[1], max(version), max(version),
      max(template),
      (array_agg(sample ORDER BY severity_number DESC, first_seen))[1], max(severity_number), sum(records),
      min(first_seen), max(last_seen), (array_agg(service_version ORDER BY first_seen, service_version))[1]
    FROM folding GROUP BY fingerprint ORDER BY fingerprint
    ON CONFLICT (fingerprint) DO UPDATE SET
      records = f.records + excluded.records,
      seen_version = greatest(f.seen_version, excluded.seen_version),
      severity_number = greatest(f.severity_number, excluded.severity_number),
      first_release = CASE WHEN excluded.first_seen < f.first_seen THEN excluded.first_release ELSE f.first_release END,
      first_seen = least(f.first_seen, excluded.first_seen),
      last_seen = greatest(f.last_seen, excluded.last_seen)
    RETURNING fingerprint, kind, severity_number, (xmax = 0) AS is_new
  )
  SELECT fingerprint, kind, (kind = 'error' OR severity_number >= $1) AS is_news FROM folded WHERE is_new`

const FOLD_SERVICES = `
  INSERT INTO fingerprint_services AS f
    (fingerprint, service, environment, records, first_seen, last_seen, first_release)
  SELECT fingerprint, service, environment, sum(records), min(first_seen), max(last_seen),
    (array_agg(service_version ORDER BY first_seen, service_version))[1]
  FROM folding GROUP BY fingerprint, service, environment ORDER BY fingerprint, service, environment
  ON CONFLICT (fingerprint, service, environment) DO UPDATE SET
    records = f.records + excluded.records,
    first_release = CASE WHEN excluded.first_seen < f.first_seen THEN excluded.first_release ELSE f.first_release END,
    first_seen = least(f.first_seen, excluded.first_seen),
    last_seen = greatest(f.last_seen, excluded.last_seen)`

/** What a request held is counted in the minutes that it spans, evenly: seldom more than two. Odd times count in the last. */
const FOLD_MINUTES = `
  INSERT INTO fingerprint_minutes AS m (minute, fingerprint, service, environment, records)
  SELECT minute, fingerprint, service, environment, sum(records)
  FROM (
    SELECT date_trunc('minute', last_seen) - (bounded.n - i) * interval '1 minute' AS minute, fingerprint, service, environment,
      records * i / bounded.n - records * (i - 1) / bounded.n AS records
    FROM folding
    CROSS JOIN LATERAL (SELECT extract(epoch FROM date_trunc('minute', last_seen) - date_trunc('minute', first_seen)) / 60 + 1 AS n) spanned
    CROSS JOIN LATERAL (SELECT CASE WHEN spanned.n BETWEEN 1 AND 60 THEN spanned.n::int ELSE 1 END AS n) bounded
    CROSS JOIN LATERAL generate_series(1, bounded.n) i
    WHERE version > 0
  ) parts
  WHERE records > 0 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
  ON CONFLICT (minute, fingerprint, service, environment) DO UPDATE SET records = m.records + excluded.records`

/** A request of the past may move the beginning back. */
const FOLD_RELEASES = `
  INSERT INTO service_releases AS r (service, environment, release, first_seen, last_seen)
  SELECT service, environment, service_version, min(first_seen), max(last_seen)
  FROM folding WHERE version > 0 AND service_version IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
  ON CONFLICT (service, environment, release) DO UPDATE SET
    first_seen = least(r.first_seen, excluded.first_seen), last_seen = greatest(r.last_seen, excluded.last_seen)`

/** When a release comes back after another one, only its minutes tell. */
const FOLD_RELEASE_MINUTES = `
  INSERT INTO service_release_minutes AS r (minute, service, environment, release, first_seen, last_seen)
  SELECT date_trunc('minute', at), service, environment, service_version, min(at), max(at)
  FROM folding CROSS JOIN LATERAL (VALUES (first_seen), (last_seen)) seen (at)
  WHERE version > 0 AND service_version IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
  ON CONFLICT (minute, service, environment, release) DO UPDATE SET
    first_seen = least(r.first_seen, excluded.first_seen), last_seen = greatest(r.last_seen, excluded.last_seen)`

/** What search reads, written when a fingerprint comes in and never again. */
const ADD_TEXTS = `
  INSERT INTO fingerprint_texts (fingerprint, passage)
  SELECT DISTINCT ON (f.fingerprint) f.fingerprint, fingerprint_passage(folding.service, f.kind, f.template, f.sample)
  FROM folding JOIN fingerprints f USING (fingerprint)
  WHERE folding.version > 0 AND NOT EXISTS (SELECT FROM fingerprint_texts t WHERE t.fingerprint = f.fingerprint)
  ORDER BY f.fingerprint, folding.first_seen, folding.service
  ON CONFLICT DO NOTHING`

/** The words that all lines of a template have, for `log_search`; under the id that these lines are stored with. */
const ADD_LITERALS = `
  INSERT INTO fingerprint_literals (fingerprint, words)
  SELECT DISTINCT ON (fingerprint) fingerprint, template_literals(template) FROM folding
  WHERE kind = 'log' AND version > 0 AND NOT EXISTS (SELECT FROM fingerprint_literals l WHERE l.fingerprint = folding.fingerprint)
  ORDER BY fingerprint
  ON CONFLICT DO NOTHING`
