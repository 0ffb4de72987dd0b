import type pg from 'pg'
import type { Dictionary, DictionaryRow } from './dictionary.ts'
import type { EncodedBatch } from './encode.ts'

/** Ids that are known to be stored. A forgotten one costs an INSERT that does nothing. */
const KNOWN_IDS_MAX = 200_000

interface Columns {
  readonly id: string
  /** Column and the type that its text or number is cast to. */
  readonly columns: readonly (readonly [name: string, type: string])[]
  /** Whether it says until which day its rows are needed. */
  readonly hasLastUsed: boolean
}

const ORIGIN = [
  ['service', 'text'],
  ['environment', 'text'],
  ['service_version', 'text'],
] as const
const PLACE = [
  ['resource_id', 'bigint'],
  ['scope_id', 'bigint'],
] as const
const COLUMN_KEYS = [
  ['request_id_key', 'text'],
  ['user_id_key', 'text'],
  ['deal_id_key', 'text'],
] as const

/** In the order in which they are filled. */
const DICTIONARIES: Record<Dictionary, Columns> = {
  telemetry_resources: {
    id: 'resource_id',
    columns: [
      ['attributes', 'jsonb'],
      ['dropped_attributes_count', 'integer'],
      ['schema_url', 'text'],
      ['entity_refs', 'jsonb'],
    ],
    hasLastUsed: false,
  },
  telemetry_scopes: {
    id: 'scope_id',
    columns: [
      ['name', 'text'],
      ['version', 'text'],
      ['attributes', 'jsonb'],
      ['dropped_attributes_count', 'integer'],
      ['schema_url', 'text'],
    ],
    hasLastUsed: false,
  },
  span_shapes: {
    id: 'shape_id',
    columns: [
      ...ORIGIN,
      ...PLACE,
      ['operation_name', 'text'],
      ['kind', 'text'],
      ['flags', 'bigint'],
      ['attributes', 'jsonb'],
      ...COLUMN_KEYS,
    ],
    hasLastUsed: true,
  },
  log_shapes: {
    id: 'shape_id',
    columns: [
      ...ORIGIN,
      ...PLACE,
      ['hostname', 'text'],
      ['logger_name', 'text'],
      ['severity_number', 'smallint'],
      ['severity_text', 'text'],
      ['event_name', 'text'],
      ['flags', 'bigint'],
      ['is_observed_at_once', 'boolean'],
      ['context', 'jsonb'],
      ...COLUMN_KEYS,
      ['error_type_key', 'text'],
      ['error_message_key', 'text'],
      ['error_stack_key', 'text'],
    ],
    hasLastUsed: true,
  },
  metric_series: {
    id: 'series_id',
    columns: [
      ...ORIGIN,
      ...PLACE,
      ['metric_name', 'text'],
      ['metric_type', 'text'],
      ['unit', 'text'],
      ['description', 'text'],
      ['metadata', 'jsonb'],
      ['temporality', 'text'],
      ['is_monotonic', 'boolean'],
      ['labels', 'jsonb'],
      ['explicit_bounds', 'double precision[]'],
      ['start_timestamp', 'timestamptz'],
      ['flags', 'bigint'],
    ],
    hasLastUsed: true,
  },
  red_series: {
    id: 'series_id',
    columns: [...ORIGIN, ['operation', 'text'], ['kind', 'text'], ['peer_kind', 'text'], ['peer', 'text']],
    hasLastUsed: true,
  },
}

/** Values travel as text: an array parameter of arrays or jsonb would be quoted twice. */
const INSERTS = Object.fromEntries(
  Object.entries(DICTIONARIES).map(([table, { id, columns, hasLastUsed }]) => {
    const names = columns.map(([name]) => name)
    const last = `$${columns.length + 2}::date`
    const touch = `DO UPDATE SET last_used = excluded.last_used WHERE ${table}.last_used < excluded.last_used`
    return [
      table,
      `INSERT INTO ${table} (${[id, ...names, ...(hasLastUsed ? ['last_used'] : [])].join(', ')})
       SELECT id, ${columns.map(([name, type]) => `${name}::${type}`).join(', ')}${hasLastUsed ? `, ${last}` : ''}
       FROM unnest($1::bigint[], ${columns.map((_, i) => `$${i + 2}::text[]`).join(', ')}) AS t (id, ${names.join(', ')})
       ORDER BY id ON CONFLICT (${id}) ${hasLastUsed ? touch : 'DO NOTHING'}`,
    ]
  }),
) as Record<Dictionary, string>

/** The rows of the dictionaries that are stored, as far as this process knows. */
export class StoredDictionaries {
  /** Id → the last day, since 1970, that the row is known to be needed for. */
  readonly #known = new Map<bigint, number>()

  /**
   * Inserts what is new, outside of any transaction: the rows are a dictionary that does no harm when the records do
   * not follow, and inside of one every connection would wait for the first to commit. Sorted by id against deadlocks.
   */
  async ensure(client: pg.ClientBase, batches: readonly EncodedBatch[]): Promise<void> {
    const missing = new Map<bigint, DictionaryRow>()
    let lastDay = 0
    for (const { dictionary, lastDay: day } of batches) {
      for (const row of dictionary) {
        const until = this.#known.get(row.id)
        if (until === undefined || until < day) missing.set(row.id, row)
      }
      lastDay = Math.max(lastDay, day)
    }
    if (missing.size === 0) return
    const byTable = Map.groupBy(missing.values(), ({ table }) => table)
    for (const [table, rows] of byTable) {
      await client.query(INSERTS[table], [
        ...columnsOf(rows),
        ...(DICTIONARIES[table].hasLastUsed ? [dateOf(lastDay)] : []),
      ])
    }
    for (const { id, table } of missing.values()) {
      this.#remember(id, DICTIONARIES[table].hasLastUsed ? lastDay : Number.POSITIVE_INFINITY)
    }
  }

  /** After a connection was lost: the server may have come back as another one, or from a backup. */
  forget(): void {
    this.#known.clear()
  }

  #remember(id: bigint, day: number): void {
    if (this.#known.size >= KNOWN_IDS_MAX)
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest)
        break
      }
    this.#known.set(id, day)
  }
}

/** One array for each column. */
function columnsOf(rows: readonly DictionaryRow[]): unknown[][] {
  const width = rows[0]?.values.length ?? 0
  const columns = Array.from({ length: width }, (_, column) =>
    rows.map(row => {
      const value = row.values[column] ?? null
      return value === null ? null : String(value)
    }),
  )
  return [rows.map(row => String(row.id)), ...columns]
}

const DAY_MS = 86_400_000

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}
