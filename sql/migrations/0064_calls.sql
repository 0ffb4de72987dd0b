-- Who calls whom. Calls are counted by what the calling span says of the other side (red_series.peer): an address, a
-- queue. Which service answers there, traces tell: a job reads a few that stand as examples in red_minutes, by their ids.

CREATE TABLE call_targets (
  environment text NOT NULL,
  caller text NOT NULL,
  peer_kind text NOT NULL,
  peer text NOT NULL,
  callee text NOT NULL,
  is_async boolean NOT NULL,
  seen double precision NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  PRIMARY KEY (environment, caller, peer_kind, peer, callee)
);
COMMENT ON TABLE call_targets IS 'which service answered a caller where: learnt from examples of traces';
COMMENT ON COLUMN call_targets.peer_kind IS 'as in red_series; operation where the caller''s span says nothing of the other side, in_process where it has no span of its own for the call';
COMMENT ON COLUMN call_targets.is_async IS 'a message that the callee took up';
COMMENT ON COLUMN call_targets.seen IS 'examples, of which one an hour old counts a third: calls to one address that several services answer are shared out by it';

CREATE FUNCTION call_weight(seen double precision, last_seen timestamptz, at timestamptz) RETURNS double precision
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN seen * exp(-least(greatest(extract(epoch FROM at - last_seen), 0), 360000) / 3600);

CREATE FUNCTION call_sums(
  p_from timestamptz, p_until timestamptz, p_caller text, p_env text, p_each_minute boolean, p_each_release boolean)
RETURNS TABLE (
  minute timestamptz, environment text, caller text, caller_kind text, release text, callee text, callee_kind text, is_async boolean,
  calls double precision, errors double precision, duration_ms double precision, sketch bigint[], trace_id text)
  LANGUAGE sql STABLE AS $$
  WITH counted AS MATERIALIZED (
    SELECT CASE WHEN p_each_minute THEN minute END AS minute, environment, service, CASE WHEN p_each_release THEN release END AS release,
      kind, coalesce(peer_kind, 'operation') AS peer_kind, coalesce(peer, operation) AS peer, sum(requests)::float8 AS calls,
      sum(errors)::float8 AS errors, sum(duration_ms) AS duration_ms, sketch_sum(sketch) AS sketch,
      (array_agg(trace_id ORDER BY errors DESC))[1] AS trace_id
    FROM request_minutes
    WHERE minute >= p_from AND minute < p_until AND (kind IN ('client', 'producer') OR (kind = 'consumer' AND peer_kind = 'queue'))
      AND (p_caller IS NULL OR service = p_caller OR kind = 'consumer') AND is_among(environment, environment_names(p_env))
    GROUP BY 1, 2, 3, 4, 5, 6, 7
  ), target AS MATERIALIZED (
    SELECT t.*, call_weight(seen, last_seen, p_until) / nullif(sum(call_weight(seen, last_seen, p_until)) OVER (PARTITION BY environment, caller, peer_kind, peer), 0) AS share
    FROM call_targets t WHERE NOT is_async
  )
  SELECT c.minute, c.environment, c.service, 'service', c.release, coalesce(t.callee, CASE WHEN c.peer_kind = 'operation' THEN '(unknown)' ELSE c.peer END),
    CASE WHEN t.callee IS NOT NULL THEN 'service' WHEN c.peer_kind = 'operation' THEN 'unknown' ELSE c.peer_kind END, c.kind = 'producer',
    c.calls * coalesce(t.share, 1), c.errors * coalesce(t.share, 1), c.duration_ms * coalesce(t.share, 1), c.sketch, c.trace_id
  FROM counted c LEFT JOIN target t ON t.environment = c.environment AND t.caller = c.service AND t.peer_kind = c.peer_kind AND t.peer = c.peer
    AND t.share > 0.001
  WHERE c.kind <> 'consumer'
  UNION ALL
  -- What a queue gives to a service.
  SELECT c.minute, c.environment, c.peer, 'queue', c.release, c.service, 'service', true, c.calls, c.errors, c.duration_ms, c.sketch, c.trace_id
  FROM counted c WHERE c.kind = 'consumer' AND p_caller IS NULL
  UNION ALL
  -- Whose messages a service takes up, whatever lies between.
  SELECT c.minute, c.environment, c.service, 'service', c.release, t.callee, 'service', true, c.calls, c.errors, c.duration_ms, c.sketch, c.trace_id
  FROM counted c JOIN call_targets t ON t.environment = c.environment AND t.caller = c.service AND t.peer_kind = c.peer_kind AND t.peer = c.peer
  WHERE c.kind = 'producer' AND t.is_async AND t.last_seen > p_from - interval '1 day' $$;
COMMENT ON FUNCTION call_sums IS 'calls by who answers them; ask call_edges or edge_minutes';

CREATE FUNCTION call_edges(
  p_from timestamptz, p_until timestamptz DEFAULT now(), p_caller text DEFAULT NULL, p_env text DEFAULT NULL, p_each_release boolean DEFAULT false)
RETURNS TABLE (
  environment text, caller text, caller_kind text, release text, callee text, callee_kind text, is_async boolean, calls double precision,
  errors double precision, avg_ms double precision, p50_ms double precision, p95_ms double precision, p99_ms double precision, trace_id text)
  LANGUAGE sql STABLE AS $$
  SELECT e.environment, e.caller, e.caller_kind, e.release, e.callee, e.callee_kind, e.is_async, e.calls, e.errors,
    e.duration_ms / nullif(e.calls, 0), q[1], q[2], q[3], e.trace_id
  FROM (
    SELECT environment, caller, caller_kind, release, callee, callee_kind, is_async, sum(calls) AS calls, sum(errors) AS errors,
      sum(duration_ms) AS duration_ms, sketch_sum(sketch) AS sketch, (array_agg(trace_id ORDER BY errors DESC))[1] AS trace_id
    FROM call_sums(p_from, p_until, p_caller, p_env, false, p_each_release) GROUP BY 1, 2, 3, 4, 5, 6, 7
  ) e CROSS JOIN LATERAL sketch_quantiles(e.sketch, ARRAY[0.5, 0.95, 0.99]) q
  UNION ALL
  -- Seen in traces, but the caller has no span for the call that could be counted.
  SELECT t.environment, t.caller, 'service', NULL, t.callee, 'service', t.is_async, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM call_targets t WHERE t.peer_kind = 'in_process' AND t.last_seen >= p_from AND t.first_seen < p_until
    AND (p_caller IS NULL OR t.caller = p_caller) AND is_among(t.environment, environment_names(p_env)) $$;
COMMENT ON FUNCTION call_edges IS 'the service map: calls, errors and durations between services, databases, queues and external hosts; calls is NULL where they cannot be counted';

CREATE FUNCTION edge_minutes(
  p_from timestamptz, p_until timestamptz DEFAULT now(), p_caller text DEFAULT NULL, p_env text DEFAULT NULL)
RETURNS TABLE (
  minute timestamptz, environment text, caller text, callee text, callee_kind text, is_async boolean, calls double precision,
  errors double precision, avg_ms double precision, p50_ms double precision, p95_ms double precision, p99_ms double precision, trace_id text)
  LANGUAGE sql STABLE AS $$
  SELECT e.minute, e.environment, e.caller, e.callee, e.callee_kind, e.is_async, e.calls, e.errors, e.duration_ms / nullif(e.calls, 0),
    q[1], q[2], q[3], e.trace_id
  FROM (
    SELECT minute, environment, caller, callee, callee_kind, is_async, sum(calls) AS calls, sum(errors) AS errors,
      sum(duration_ms) AS duration_ms, sketch_sum(sketch) AS sketch, (array_agg(trace_id ORDER BY errors DESC))[1] AS trace_id
    FROM call_sums(p_from, p_until, p_caller, p_env, true, false) GROUP BY 1, 2, 3, 4, 5, 6
  ) e CROSS JOIN LATERAL sketch_quantiles(e.sketch, ARRAY[0.5, 0.95, 0.99]) q $$;
COMMENT ON FUNCTION edge_minutes IS 'calls, errors and durations of each edge of the service map, minute by minute';
