import type pg from 'pg'
import { inTransaction } from '../connect.ts'

/** Sightings that one transaction folds: bounds its locks and the rows that a crash makes it do again. */
const FOLD_BATCH_ROWS = 50_000

/** A fingerprint that the table did not have before. */
export interface NewFingerprint {
  readonly fingerprint: bigint
  readonly kind: string
  readonly template: string
  readonly severityNumber: number
}

export interface Folded {
  /** Sightings that were taken. */
  readonly sightings: number
  readonly added: readonly NewFingerprint[]
}

/**
 * Adds sightings to `fingerprints` and `fingerprint_services` and deletes them, in one transaction: each is counted
 * once, however often this is interrupted. Rows are written in the order of their keys, so two folds cannot deadlock;
 * SKIP LOCKED lets them share the work.
 */
export function foldSightings(client: pg.ClientBase, limit = FOLD_BATCH_ROWS): Promise<Folded> {
  return inTransaction(client, async () => {
    await client.query(TAKE, [limit])
    const { rows } = await client.query<AddedRow>(FOLD_FINGERPRINTS)
    await client.query(FOLD_SERVICES)
    await client.query(ADD_TEXTS)
    const { rows: taken } = await client.query<{ n: string }>('SELECT count(*) AS n FROM folding')
    await client.query('DROP TABLE folding')
    return { sightings: Number(taken[0]?.n ?? 0), added: rows.filter(row => row.is_new).map(newFingerprint) }
  })
}

interface AddedRow {
  readonly fingerprint: string
  readonly kind: string
  readonly template: string
  readonly severity_number: number
  readonly is_new: boolean
}

function newFingerprint(row: AddedRow): NewFingerprint {
  const { fingerprint, kind, template, severity_number: severityNumber } = row
  return { fingerprint: BigInt(fingerprint), kind, template, severityNumber }
}

const TAKE = `
  CREATE TEMP TABLE folding ON COMMIT DROP AS
  WITH taken AS (
    DELETE FROM fingerprint_sightings
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM fingerprint_sightings LIMIT $1 FOR UPDATE SKIP LOCKED))
    RETURNING *
  )
  SELECT * FROM taken`

/** What search reads, written when a fingerprint comes in and never again. */
const ADD_TEXTS = `
  INSERT INTO fingerprint_texts (fingerprint, passage)
  SELECT DISTINCT ON (f.fingerprint) f.fingerprint, fingerprint_passage(folding.service, f.kind, f.template, f.sample)
  FROM folding JOIN fingerprints f USING (fingerprint)
  WHERE folding.version > 0 AND NOT EXISTS (SELECT FROM fingerprint_texts t WHERE t.fingerprint = f.fingerprint)
  ORDER BY f.fingerprint, folding.first_seen, folding.service
  ON CONFLICT DO NOTHING`

/** Rows with version 0 only take back a count. The earliest sighting names the release, the most severe one the sample. xmax is 0 in a row that was just made. */
const FOLD_FINGERPRINTS = `
  INSERT INTO fingerprints AS f
    (fingerprint, group_id, kind, version, template, sample, severity_number, records, first_seen, last_seen, first_release)
  SELECT fingerprint, fingerprint, (array_agg(kind ORDER BY version DESC))[1], max(version), max(template),
    (array_agg(sample ORDER BY severity_number DESC, first_seen))[1], max(severity_number), sum(records),
    min(first_seen), max(last_seen), (array_agg(service_version ORDER BY first_seen, service_version))[1]
  FROM folding GROUP BY fingerprint ORDER BY fingerprint
  ON CONFLICT (fingerprint) DO UPDATE SET
    records = f.records + excluded.records,
    severity_number = greatest(f.severity_number, excluded.severity_number),
    first_release = CASE WHEN excluded.first_seen < f.first_seen THEN excluded.first_release ELSE f.first_release END,
    first_seen = least(f.first_seen, excluded.first_seen),
    last_seen = greatest(f.last_seen, excluded.last_seen)
  RETURNING fingerprint, kind, template, severity_number, (xmax = 0) AS is_new`

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
