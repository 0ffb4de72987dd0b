/** A failure of one request: a span that failed, or what was logged in one. Times are milliseconds. */
export interface Failure {
  readonly fingerprint: string
  /** The span that it is of; undefined where it names none. */
  readonly spanId: string | undefined
  readonly began: number
  readonly ended: number
}

/**
 * Failures, the innermost first: first those that have no other beneath them. Who called often fails in the very
 * millisecond in which what it called does, so times tell only where no span is known to be within another; then the
 * one that ended first is the innermost, of as late ones the one that began last.
 *
 * @param parents the parent of each span of these requests.
 */
export function innermostFirst<F extends Failure>(failures: readonly F[], parents: ReadonlyMap<string, string>): F[] {
  const around = new Set<string>()
  for (const { spanId } of failures) {
    let above = spanId === undefined ? undefined : parents.get(spanId)
    for (; above !== undefined && !around.has(above); above = parents.get(above)) around.add(above)
  }
  const hasBeneath = ({ spanId }: F) => Number(spanId !== undefined && around.has(spanId))
  return failures.toSorted((a, b) => hasBeneath(a) - hasBeneath(b) || a.ended - b.ended || b.began - a.began)
}
