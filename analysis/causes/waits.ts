import { isSameProcess, type SpanFact } from './facts.ts'

/** Time of an execution that none of its calls explains: its own work, a lock, a pool, a processor that it has not got. */
export const OWN = 'own'
/** Before the name of a service: what a call took longer outside than inside, there and back. */
export const WAY_TO = 'way to '
/** Before the name of what sends no spans. */
export const ANSWER_OF = 'answer of '

/**
 * On what an execution spent its time, in milliseconds: itself, the way to each service that it called (the longest), the
 * answer of each thing that sends no spans (the longest).
 *
 * @param spans its own; the first is the entry.
 */
export function waitsOf(
  spans: readonly SpanFact[],
  childrenOf: (span: SpanFact) => readonly SpanFact[],
): Map<string, number> {
  const waits = new Map<string, number>()
  const longest = (on: string, ms: number) => waits.set(on, Math.max(waits.get(on) ?? 0, ms))
  const [entry] = spans as [SpanFact]
  const away: [number, number][] = []
  for (const span of spans) {
    const remote = childrenOf(span).filter(child => !isSameProcess(child, entry))
    const [callee] = remote
    // An entry that has remote children itself, among others, is no call: it is whatever goes around several.
    if (callee !== undefined && (span !== entry || spans.length === 1)) {
      longest(
        WAY_TO + callee.service,
        Math.max(0, span.duration - remote.reduce((sum, { duration }) => sum + duration, 0)),
      )
      away.push([span.start, span.start + span.duration])
    } else if (span.calls !== undefined && callee === undefined) {
      longest(ANSWER_OF + span.calls, span.duration)
      away.push([span.start, span.start + span.duration])
    }
  }
  waits.set(OWN, Math.max(0, entry.duration - covered(away)))
  return waits
}

/** How much of time the intervals cover together. */
function covered(intervals: [number, number][]): number {
  let [sum, until] = [0, Number.NEGATIVE_INFINITY]
  for (const [from, to] of intervals.sort((a, b) => a[0] - b[0])) {
    if (to <= until) continue
    sum += to - Math.max(from, until)
    until = to
  }
  return sum
}
