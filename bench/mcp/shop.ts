import type pg from 'pg'
import { countMinutes } from './minutes.ts'

/** The problem of the failing charges. */
export const SHOP_PROBLEM = '00000000000f4240'
export const SHOP_OPERATION = { service: 'pay', operation: 'POST /charge' }

/**
 * An hour of one busy operation, the day before all else and what calls it: `web` asks `pay`, so half of the spans are of either. Of one customer
 * in thirty and one carrier together the charges fail since ten minutes ago, and others of one in thirty take long all
 * the time; who it is stands on the span above. 80 shapes, twelve attributes, half of them shared, on eight hosts.
 */
export async function fillShop(client: pg.Client, spans: number): Promise<void> {
  const traces = Math.floor(spans / 2)
  await client.query(`
    INSERT INTO telemetry_resources (resource_id, attributes)
    SELECT 100 + n, jsonb_build_object('host.name', 'worker-' || n, 'service.version', '3.' || n % 2, 'cloud.region', 'eu-1',
      'service.instance.id', md5(n::text)) FROM generate_series(0, 7) n ON CONFLICT DO NOTHING`)
  await client.query(`
    INSERT INTO span_shapes (shape_id, service, environment, service_version, operation_name, kind, flags, attributes, request_id_key,
      resource_id, scope_id, last_used)
    SELECT 1000000 + n + 40 * side, CASE side WHEN 0 THEN 'web' ELSE 'pay' END, 'production', '3.' || n % 2,
      CASE side WHEN 0 THEN 'POST /buy' ELSE 'POST /charge' END, 'server', 0, jsonb_build_object('http.request.method', 'POST',
      'http.route', CASE side WHEN 0 THEN '/buy' ELSE '/charge' END, 'shop.carrier', 'carrier-' || n % 5, 'plan', 'plan-' || n % 3,
      'http.response.status_code', 200), 'request.id', 100 + n % 8, 1, now()
    FROM generate_series(0, 39) n, generate_series(0, 1) side`)
  await client.query(`
    INSERT INTO spans (timestamp, trace_id, span_id, parent_span_id, start_nanos, duration_ms, shape_id, status, request_id, fingerprint, attributes)
    SELECT now() - interval '25 hours' - interval '1 hour' * (1 - n::float8 / ${traces}), decode(md5('shop' || n), 'hex'), int8send(4000000000 + 2 * n + side),
      CASE side WHEN 1 THEN int8send(4000000000 + 2 * n) END, 0, 10 + n % 31 + CASE WHEN bad OR tenant IN (2, 3) THEN 900 ELSE 0 END,
      1000000 + n % 40 + 40 * side, CASE WHEN bad AND side = 1 THEN 'error' ELSE 'unset' END, 'shop-' || n,
      CASE WHEN bad AND side = 1 THEN ${Number(`0x${SHOP_PROBLEM}`)} END,
      CASE side WHEN 0 THEN jsonb_build_object('order.id', 'ord-' || n, 'user.id', 'u-' || n % 9000, 'tenant', 'tenant-' || tenant,
        'shop.total', n % 977) ELSE jsonb_build_object('payment.id', 'p-' || n, 'payment.attempt', n % 3) END
    FROM generate_series(1::bigint, ${traces}) n CROSS JOIN generate_series(0, 1) side
    CROSS JOIN LATERAL (SELECT hashint8(n / 7) & 63 AS tenant) t
    CROSS JOIN LATERAL (SELECT tenant < 2 AND n % 5 = 3 AND n > ${traces} * 5.0 / 6 AS bad) b`)
  await countMinutes(client)
  await client.query('VACUUM (ANALYZE, SKIP_LOCKED) spans, span_shapes, telemetry_resources')
}
