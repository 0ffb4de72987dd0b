import type pg from 'pg'
import type { DimensionRow } from './dimensions.ts'
import type { EncodedBatch } from './encode.ts'

/** Ids that are known to be stored. A forgotten one costs an INSERT that does nothing. */
const KNOWN_IDS_MAX = 50_000

const INSERTS: Record<DimensionRow['table'], string> = {
  telemetry_resources: `
    INSERT INTO telemetry_resources (resource_id, attributes, dropped_attributes_count, schema_url, entity_refs)
    SELECT id, attributes::jsonb, dropped, url, refs::jsonb
    FROM unnest($1::bigint[], $2::text[], $3::int[], $4::text[], $5::text[]) AS t (id, attributes, dropped, url, refs)
    ORDER BY id ON CONFLICT DO NOTHING`,
  telemetry_scopes: `
    INSERT INTO telemetry_scopes (scope_id, name, version, attributes, dropped_attributes_count, schema_url)
    SELECT id, name, version, attributes::jsonb, dropped, url
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[])
      AS t (id, name, version, attributes, dropped, url)
    ORDER BY id ON CONFLICT DO NOTHING`,
}

/** The rows of telemetry_resources and telemetry_scopes that are stored, as far as this process knows. */
export class StoredDimensions {
  readonly #known = new Set<bigint>()

  /**
   * Inserts what is new, outside of any transaction: the rows are a dictionary that does no harm when the records do
   * not follow, and inside of one every connection would wait for the first to commit. Sorted by id against deadlocks.
   */
  async ensure(client: pg.ClientBase, batches: readonly EncodedBatch[]): Promise<void> {
    const missing = new Map<bigint, DimensionRow>()
    for (const { dimensions } of batches) {
      for (const row of dimensions) if (!this.#known.has(row.id)) missing.set(row.id, row)
    }
    if (missing.size === 0) return
    for (const table of ['telemetry_resources', 'telemetry_scopes'] as const) {
      const group = [...missing.values()].filter(row => row.table === table)
      if (group.length > 0) await client.query(INSERTS[table], columnsOf(group))
    }
    for (const id of missing.keys()) this.#remember(id)
  }

  /** After a connection was lost: the server may have come back as another one, or from a backup. */
  forget(): void {
    this.#known.clear()
  }

  #remember(id: bigint): void {
    if (this.#known.size >= KNOWN_IDS_MAX)
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest)
        break
      }
    this.#known.add(id)
  }
}

/** One array for each column. */
function columnsOf(rows: readonly DimensionRow[]): unknown[][] {
  const width = rows[0]?.values.length ?? 0
  const columns = Array.from({ length: width }, (_, column) => rows.map(row => row.values[column]))
  return [rows.map(row => String(row.id)), ...columns]
}
