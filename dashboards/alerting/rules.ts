import { type FileRule, rule } from './rule.ts'

/** `watch` of config/alerts.yaml. */
export interface Limits {
  readonly memory_mib: number
  readonly ingest_lag_minutes: number
  readonly store_gib: number
  readonly collector_queue_percent: number
  readonly embedding_backlog_minutes: number
  readonly leader_late_minutes: number
  readonly false_alarms: number
}

/** When a rule is evaluated, so that a test can choose the time. */
const NOW = '$__timeTo()::timestamptz'
const minutesSince = (time: string) => `extract(epoch FROM ${NOW} - ${time}) / 60`

/** What Sensorium's own reflexes found: Grafana asks what they wrote, so both say the same. */
export function reflexRules(limits: Limits): FileRule[] {
  return [
    rule({
      name: 'incident',
      title: 'Incident',
      // Whoever acknowledged it knows.
      sql: `SELECT left(id, 8) AS incident, service, coalesce(operation, '') AS operation, environment, severity AS grade, 1 AS value
        FROM incidents
        WHERE opened_at <= ${NOW} AND coalesce(resolved_at, 'infinity') > ${NOW} AND coalesce(acknowledged_at, 'infinity') > ${NOW}
          AND severity IN ('error', 'critical')`,
      above: 0,
      holds: '0s',
      severity: 'error',
      summary:
        '{{ $labels.service }} {{ $labels.operation }} in {{ $labels.environment }}: incident {{ $labels.incident }}, {{ $labels.grade }}',
      runbook: 'incident',
      board: 'overview',
    }),
    rule({
      name: 'budget',
      title: 'Error budget burns',
      sql: `SELECT objective, service, environment, rule AS policy, severity AS grade, max(peak_rate) AS value
        FROM slo_burns
        WHERE started_at <= ${NOW} AND coalesce(ended_at, 'infinity') > ${NOW} AND NOT was_muted
        GROUP BY 1, 2, 3, 4, 5`,
      above: 0,
      holds: '0s',
      severity: 'error',
      summary:
        '{{ $labels.objective }} of {{ $labels.service }} spends its budget {{ printf "%.1f" $values.A.Value }} times too fast ({{ $labels.policy }})',
      runbook: 'error-budget',
      board: 'kpis',
    }),
    rule({
      name: 'false-alarms',
      title: 'False alarms',
      sql: `SELECT service, count(*) AS value
        FROM (SELECT service, acknowledged_at FROM incidents WHERE NOT is_true
          UNION ALL SELECT service, acknowledged_at FROM anomalies a WHERE NOT is_true
            AND NOT EXISTS (SELECT FROM incident_members m WHERE m.finding_id = 'anomaly/' || a.id)) judged
        WHERE acknowledged_at BETWEEN ${NOW} - interval '7 days' AND ${NOW}
        GROUP BY 1`,
      above: limits.false_alarms,
      key: 'false_alarms',
      holds: '0s',
      severity: 'warning',
      summary: '{{ $values.A.Value }} alarms about {{ $labels.service }} were false in a week',
      runbook: 'false-positives',
      board: 'overview',
    }),
  ]
}

/** Sensorium itself, which cannot be relied on to tell of its own end. */
export function pipelineRules(limits: Limits): FileRule[] {
  return [
    rule({
      name: 'memory',
      title: 'High memory',
      sql: `SELECT s.service, coalesce(r.attributes ->> 'service.instance.id', '') AS instance, s.environment,
          max(coalesce(p.value, p.value_int) / CASE WHEN s.unit = 'MiBy' THEN 1 ELSE 1048576 END) AS value
        FROM metric_series s JOIN telemetry_resources r USING (resource_id) JOIN metric_points p USING (series_id)
        WHERE s.metric_name IN ('process.memory.usage', 'process_resident_memory_bytes', 'sensorium_process_memory_rss', 'node.memory.usage')
          AND p.timestamp BETWEEN ${NOW} - interval '5 minutes' AND ${NOW}
        GROUP BY 1, 2, 3`,
      above: limits.memory_mib,
      key: 'memory_mib',
      holds: '5m',
      severity: 'warning',
      summary: '{{ $labels.service }} {{ $labels.instance }} holds {{ printf "%.0f" $values.A.Value }} MiB',
      runbook: 'high-memory',
      board: 'sensorium',
    }),
    rule({
      name: 'missing-metrics',
      title: 'Missing metrics',
      // Three windows of five minutes, however many points an hour has.
      sql: `WITH seen AS (
          SELECT DISTINCT s.service, s.environment, p.timestamp > ${NOW} - interval '5 minutes' AS is_new
          FROM metric_points p JOIN metric_series s USING (series_id)
          WHERE p.timestamp BETWEEN ${NOW} - interval '5 minutes' AND ${NOW}
            OR p.timestamp BETWEEN ${NOW} - interval '15 minutes' AND ${NOW} - interval '10 minutes'
            OR p.timestamp BETWEEN ${NOW} - interval '65 minutes' AND ${NOW} - interval '60 minutes')
        SELECT service, environment, 1 AS value FROM seen GROUP BY 1, 2 HAVING NOT bool_or(is_new)`,
      above: 0,
      holds: '5m',
      severity: 'warning',
      summary: '{{ $labels.service }} in {{ $labels.environment }} sends no metrics any more',
      runbook: 'missing-metrics',
      board: 'sensorium',
    }),
    rule({
      name: 'ingest-lag',
      title: 'Ingest lag',
      sql: `SELECT 'otlp' AS receiver, ${minutesSince('max(received_at)')} AS value
        FROM ingest_ledger
        WHERE received_at BETWEEN ${NOW} - interval '1 day' AND ${NOW} AND split_part(receiver, '/', 1) = 'otlp'
        HAVING max(received_at) IS NOT NULL`,
      above: limits.ingest_lag_minutes,
      key: 'ingest_lag_minutes',
      holds: '1m',
      severity: 'critical',
      summary: 'nothing was stored for {{ printf "%.0f" $values.A.Value }} minutes',
      runbook: 'ingest-lag',
      board: 'sensorium',
    }),
    rule({
      name: 'store-full',
      title: 'Store nearly full',
      sql: `SELECT current_database()::text AS database, pg_database_size(current_database()) / 1073741824.0 AS value`,
      above: limits.store_gib,
      key: 'store_gib',
      holds: '5m',
      severity: 'error',
      summary: '{{ $labels.database }} has {{ printf "%.1f" $values.A.Value }} GiB',
      runbook: 'store-full',
      board: 'sensorium',
    }),
    rule({
      name: 'collector-queue',
      title: 'Collector queue growing',
      sql: `WITH last AS (
          SELECT DISTINCT ON (s.series_id) s.metric_name, s.service, coalesce(r.attributes ->> 'service.instance.id', '') AS instance,
            coalesce(s.labels ->> 'exporter', '') AS exporter, coalesce(s.labels ->> 'data_type', '') AS data_type,
            coalesce(p.value, p.value_int) AS value
          FROM metric_series s JOIN telemetry_resources r USING (resource_id) JOIN metric_points p USING (series_id)
          WHERE s.metric_name IN ('otelcol_exporter_queue_size', 'otelcol_exporter_queue_capacity')
            AND p.timestamp BETWEEN ${NOW} - interval '5 minutes' AND ${NOW}
          ORDER BY s.series_id, p.timestamp DESC)
        SELECT service, instance, exporter, data_type,
          100.0 * max(value) FILTER (WHERE metric_name = 'otelcol_exporter_queue_size')
            / nullif(max(value) FILTER (WHERE metric_name = 'otelcol_exporter_queue_capacity'), 0) AS value
        FROM last GROUP BY 1, 2, 3, 4
        HAVING count(DISTINCT metric_name) = 2`,
      above: limits.collector_queue_percent,
      key: 'collector_queue_percent',
      holds: '5m',
      severity: 'error',
      summary:
        'the queue of {{ $labels.exporter }} for {{ $labels.data_type }} is {{ printf "%.0f" $values.A.Value }} % full',
      runbook: 'collector-queue-growing',
      board: 'sensorium',
    }),
    rule({
      name: 'embedding-backlog',
      title: 'Embedding backlog',
      // Where nothing embeds, nothing waits for it.
      sql: `SELECT 'problems' AS waiting, ${minutesSince('min(f.first_seen)')} AS value
        FROM fingerprint_texts t JOIN fingerprints f USING (fingerprint)
        WHERE f.first_seen <= ${NOW} AND NOT EXISTS (SELECT FROM fingerprint_embeddings e WHERE e.fingerprint = t.fingerprint)
          AND (EXISTS (SELECT FROM fingerprint_embeddings)
            OR EXISTS (SELECT FROM metric_series WHERE metric_name = 'sensorium_processor_embed_backlog'))
        HAVING min(f.first_seen) IS NOT NULL`,
      above: limits.embedding_backlog_minutes,
      key: 'embedding_backlog_minutes',
      holds: '10m',
      severity: 'warning',
      summary: 'a problem waits for its vector for {{ printf "%.0f" $values.A.Value }} minutes',
      runbook: 'embedding-backlog',
      board: 'sensorium',
    }),
    rule({
      name: 'leader-stuck',
      title: 'Leader stuck',
      // A job that has not run for a day is one that the configuration no longer has.
      sql: `SELECT job, ${minutesSince('succeeded_at')} - every_ms / 60000.0 AS value
        FROM jobs WHERE succeeded_at BETWEEN ${NOW} - interval '1 day' AND ${NOW}`,
      above: limits.leader_late_minutes,
      key: 'leader_late_minutes',
      holds: '2m',
      severity: 'critical',
      summary: 'the job {{ $labels.job }} is {{ printf "%.0f" $values.A.Value }} minutes late',
      runbook: 'leader-stuck',
      board: 'sensorium',
    }),
  ]
}
