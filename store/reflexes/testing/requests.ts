import type pg from 'pg'

export interface Minutes {
  readonly service: string
  readonly operation?: string
  readonly kind?: 'server' | 'client'
  readonly peer?: string
  readonly environment?: string
  readonly release?: string
  /** By minute since the start: how many, how many failed, how long they took in ms. */
  readonly at: (minute: number) => { readonly requests: number; readonly errors?: number; readonly ms?: number }
}

/** Counts of minutes as the exporter leaves them, one series after the other. */
export async function storeMinutes(
  client: pg.ClientBase,
  start: number,
  from: number,
  until: number,
  series: readonly Minutes[],
): Promise<void> {
  for (const {
    service,
    operation = 'POST /orders',
    kind = 'server',
    peer,
    environment = 'prod',
    release = '1.0.0',
    at,
  } of series) {
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO red_series (series_id, service, environment, service_version, operation, kind, peer_kind, peer, last_used)
       VALUES (hashtextextended($1 || $2 || $3 || $4 || $5 || coalesce($6, ''), 0), $1, $2, $3, $4, $5, CASE WHEN $6::text IS NULL THEN NULL ELSE 'service' END, $6, $7)
       ON CONFLICT (series_id) DO UPDATE SET last_used = excluded.last_used RETURNING series_id AS id`,
      [service, environment, release, operation, kind, peer ?? null, new Date(start)],
    )
    for (let minute = from; minute < until; minute++) {
      const { requests, errors = 0, ms = 100 } = at(minute)
      if (requests === 0) continue
      await client.query(
        `INSERT INTO red_partials (minute, series_id, requests, errors, duration_ms, sketch, error_sketch)
         VALUES ($1, $2, $3::int, $4::int, $5, ARRAY[(sketch_bucket($6)::bigint << 32) + $3::int], CASE WHEN $4::int > 0 THEN ARRAY[(sketch_bucket($6)::bigint << 32) + $4::int] END)`,
        [new Date(start + minute * 60_000), rows[0]!.id, requests, errors, requests * ms, ms],
      )
    }
  }
}
