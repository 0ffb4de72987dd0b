-- INSERT INTO application_logs, trace_spans and metrics_samples, row by row, for what comes by hand: psql, a backfill, a
-- fixture. The exporter writes the tables behind them.

-- The id of a dictionary's row that SQL makes: of its content, like the exporter's own, and as good as any other.
CREATE FUNCTION content_id(VARIADIC content text[]) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN ('x' || left(md5(content::text), 16))::bit(64)::bigint;

-- Ids are hex; one that is not is kept as the bytes of its text.
CREATE FUNCTION id_bytes(id text) RETURNS bytea
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE WHEN id ~ '^([0-9a-fA-F]{2})*$' THEN decode(id, 'hex') ELSE convert_to(id, 'UTF8') END;

CREATE FUNCTION day_of(at timestamptz) RETURNS date
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (greatest(at, now()) AT TIME ZONE 'UTC')::date;


CREATE FUNCTION insert_span() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  at timestamptz := NEW.timestamp;
  shape bigint := content_id(NEW.service, NEW.environment, NEW.service_version, NEW.operation_name, NEW.kind, coalesce(NEW.flags, 0)::text,
    NEW.resource_id::text, NEW.scope_id::text);
  micros bigint := unix_nanos(at, 0::smallint) / 1000;
  start bigint := coalesce(NEW.start_time_unix_nano, micros * 1000);
  follows boolean := start / 1000 = micros;
BEGIN
  IF NOT EXISTS (SELECT FROM span_shapes WHERE shape_id = shape AND last_used >= day_of(at)) THEN
    INSERT INTO span_shapes (shape_id, service, environment, service_version, operation_name, kind, flags, attributes, resource_id, scope_id, last_used)
    VALUES (shape, NEW.service, NEW.environment, NEW.service_version, NEW.operation_name, NEW.kind, coalesce(NEW.flags, 0), '{}',
      NEW.resource_id, NEW.scope_id, day_of(at))
    ON CONFLICT (shape_id) DO UPDATE SET last_used = excluded.last_used WHERE span_shapes.last_used < excluded.last_used;
  END IF;
  INSERT INTO spans (timestamp, duration_ms, shape_id, fingerprint, start_time_unix_nano, end_time_unix_nano, dropped_attributes_count,
    dropped_events_count, dropped_links_count, start_nanos, trace_id, span_id, parent_span_id, status, status_message, request_id,
    user_id, deal_id, attributes, events, links, trace_state)
  VALUES (at, NEW.duration_ms, shape, NEW.fingerprint, CASE WHEN NOT follows THEN start END,
    nullif(NEW.end_time_unix_nano, start + (NEW.duration_ms * 1000000)::bigint),
    nullif(NEW.dropped_attributes_count, 0), nullif(NEW.dropped_events_count, 0), nullif(NEW.dropped_links_count, 0),
    CASE WHEN follows THEN start % 1000 ELSE 0 END, id_bytes(NEW.trace_id), id_bytes(NEW.span_id),
    id_bytes(NEW.parent_span_id), NEW.status, NEW.status_message, NEW.request_id,
    coalesce(NEW.user_id, NEW.attributes->>'user.id'), coalesce(NEW.deal_id, NEW.attributes->>'deal_id'),
    NEW.attributes, NEW.events, NEW.links, NEW.trace_state);
  RETURN NEW;
END $$;
CREATE TRIGGER insert_span INSTEAD OF INSERT ON trace_spans FOR EACH ROW EXECUTE FUNCTION insert_span();

CREATE FUNCTION insert_log() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  at timestamptz := NEW.timestamp;
  at_once boolean := coalesce(NEW.observed_timestamp = at, false);
  severity smallint := coalesce(NEW.severity_number, 0);
  shape bigint := content_id(NEW.service, NEW.environment, NEW.service_version, NEW.hostname, NEW.logger_name, severity::text,
    NEW.severity_text, NEW.event_name, coalesce(NEW.flags, 0)::text, at_once::text, NEW.resource_id::text, NEW.scope_id::text);
BEGIN
  IF NOT EXISTS (SELECT FROM log_shapes WHERE shape_id = shape AND last_used >= day_of(at)) THEN
    INSERT INTO log_shapes (shape_id, service, environment, service_version, hostname, logger_name, severity_number, severity_text, event_name,
      flags, is_observed_at_once, context, resource_id, scope_id, last_used)
    VALUES (shape, NEW.service, NEW.environment, NEW.service_version, NEW.hostname, NEW.logger_name, severity, NEW.severity_text,
      NEW.event_name, coalesce(NEW.flags, 0), at_once, '{}', NEW.resource_id, NEW.scope_id, day_of(at))
    ON CONFLICT (shape_id) DO UPDATE SET last_used = excluded.last_used WHERE log_shapes.last_used < excluded.last_used;
  END IF;
  INSERT INTO logs (timestamp, shape_id, fingerprint, observed_timestamp, dropped_attributes_count, nanos, level, trace_id, span_id, message,
    request_id, user_id, deal_id, context, body, error_type, error_message, error_stack)
  VALUES (at, shape, NEW.fingerprint, CASE WHEN NOT at_once THEN NEW.observed_timestamp END, nullif(NEW.dropped_attributes_count, 0),
    coalesce(NEW.time_unix_nano % 1000, 0), NEW.level, id_bytes(NEW.trace_id), id_bytes(NEW.span_id), NEW.message,
    NEW.request_id, NEW.user_id, coalesce(NEW.deal_id, NEW.context->>'deal_id'), NEW.context, NEW.body,
    NEW.error_type, NEW.error_message, NEW.error_stack);
  RETURN NEW;
END $$;
CREATE TRIGGER insert_log INSTEAD OF INSERT ON application_logs FOR EACH ROW EXECUTE FUNCTION insert_log();

CREATE FUNCTION insert_point() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  at timestamptz := NEW.timestamp;
  is_number boolean := NEW.metric_type IN ('gauge', 'sum');
  series bigint := content_id(NEW.metric_name, NEW.metric_type, NEW.unit, NEW.description, NEW.metadata::text, NEW.temporality,
    NEW.is_monotonic::text, NEW.service, NEW.environment, NEW.service_version, NEW.labels::text, NEW.explicit_bounds::text,
    coalesce(NEW.flags, 0)::text, NEW.resource_id::text, NEW.scope_id::text);
BEGIN
  IF NOT EXISTS (SELECT FROM metric_series WHERE series_id = series AND last_used >= day_of(at)) THEN
    INSERT INTO metric_series (series_id, metric_name, metric_type, unit, description, metadata, temporality, is_monotonic, service,
      environment, service_version, labels, explicit_bounds, flags, resource_id, scope_id, last_used)
    VALUES (series, NEW.metric_name, NEW.metric_type, NEW.unit, NEW.description, NEW.metadata, NEW.temporality, NEW.is_monotonic,
      NEW.service, NEW.environment, NEW.service_version, NEW.labels, NEW.explicit_bounds, coalesce(NEW.flags, 0),
      NEW.resource_id, NEW.scope_id, day_of(at))
    ON CONFLICT (series_id) DO UPDATE SET last_used = excluded.last_used WHERE metric_series.last_used < excluded.last_used;
  END IF;
  INSERT INTO metric_points (timestamp, series_id, value, value_int, min, max, start_timestamp, buckets)
  VALUES (at, series, CASE WHEN NOT is_number THEN NEW.sum WHEN NEW.value_int IS NULL THEN NEW.value END,
    CASE WHEN is_number THEN NEW.value_int ELSE NEW.count END, NEW.min, NEW.max, NEW.start_timestamp,
    nullif(concat(CASE NEW.metric_type
      WHEN 'histogram' THEN array_to_string(NEW.bucket_counts, ',')
      WHEN 'exponential_histogram' THEN format('%s;%s;%s;%s;%s;%s;%s', NEW.scale, NEW.zero_count, NEW.zero_threshold, NEW.positive_offset,
        array_to_string(NEW.positive_bucket_counts, ','), NEW.negative_offset, array_to_string(NEW.negative_bucket_counts, ',')) END,
      '|' || nullif(CASE WHEN NEW.exemplars IS NULL THEN '{}' ELSE jsonb_build_object('exemplars', NEW.exemplars) END
        || CASE WHEN NEW.quantile_values IS NULL THEN '{}' ELSE jsonb_build_object('quantile_values', NEW.quantile_values) END, '{}')::text),
      CASE WHEN is_number THEN '' END));
  RETURN NEW;
END $$;
CREATE TRIGGER insert_point INSTEAD OF INSERT ON metrics_samples FOR EACH ROW EXECUTE FUNCTION insert_point();
