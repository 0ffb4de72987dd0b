/**
 * Who asks for the sake of asking: health checks, readiness probes, synthetic visitors. They fail and slow down when a
 * pod starts or stops, which is what they are for.
 */
const CHECK_OPERATIONS =
  /(?:^|[\s/._])(?:health(?:z|[-_]?check)?|live(?:z|ness)|ready(?:z)?|readiness|ping|heartbeat|metrics|favicon\.ico)(?:$|[\s/?])|grpc\.health\.v\d+\.Health/i
const CANARIES = /(?:^|[-_./\s])(?:canary|canaries|synthetics?|probe|blackbox)(?:$|[-_./\s])/i

export interface Exemptions {
  /** Further operations that are not watched: parts of their names. */
  readonly operations?: readonly RegExp[]
  readonly services?: readonly RegExp[]
}

/** Whether nothing is concluded from what such a series does. */
export function isExempt(
  {
    service,
    environment,
    operation,
  }: { readonly service: string; readonly environment: string; readonly operation: string },
  { operations = [], services = [] }: Exemptions = {},
): boolean {
  return (
    CHECK_OPERATIONS.test(operation) ||
    CANARIES.test(service) ||
    CANARIES.test(environment) ||
    CANARIES.test(operation) ||
    operations.some(pattern => pattern.test(operation)) ||
    services.some(pattern => pattern.test(service))
  )
}
