/**
 * Attributes that say how a request went (OpenTelemetry's semantic conventions, old and new names): among failures they
 * are what failing means, and no reason for it.
 */
const OUTCOMES =
  /^(?:error\.|exception\.|otel\.status|http\.status_code$|http\.response\.|http\.response_|http\.request\.resend_count$|rpc\.(?:grpc\.|response\.|connect_rpc\.)?(?:status_code|error_code|error_message)$|db\.response\.|retry\.|span\.status|status(?:\.|_)?(?:code|message)?$|duration(?:_ms|\.ms)?$)/

/** Ids of the trace itself are each request's own. */
const OF_THE_TRACE = /^(?:trace|span|parent_?span)[._]?id$/i

export function isOutcome(key: string): boolean {
  return OUTCOMES.test(key) || OF_THE_TRACE.test(key)
}
