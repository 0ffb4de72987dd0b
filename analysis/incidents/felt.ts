import { type Found, SEVERITIES } from './found.ts'

/** What ends and what begins within so long of each other may be one trouble: episodes are by the minute. */
const SLACK_MS = 2 * 60_000
const FELT = ['error_rate', 'latency_p95']

/** What people feel of a service that goes on: its requests fail or, where they do not, they are slow. */
export function feltNow(members: readonly Found[], service: string): Found | undefined {
  return feltAmong(
    members.filter(one => one.service === service && one.until === undefined),
    Number.NEGATIVE_INFINITY,
  )
}

/**
 * What is felt of that which `because` tells of. That requests fail or are slow says more than that something is in
 * the logs: what is behind it. Of several, what began with it: an earlier trouble of the same service is another one.
 */
export function feltOf(because: Found, members: readonly Found[], service: string): Found {
  if (because.kind !== 'problem' && because.metric !== 'records') return because
  const beside = members.filter(one => one.service === service && goOnTogether(one, because))
  return feltAmong(beside, because.since) ?? because
}

function feltAmong(members: readonly Found[], near: number): Found | undefined {
  const felt = members.filter(
    ({ metric, callee, severity }) => FELT.includes(metric ?? '') && callee === undefined && severity !== 'info',
  )
  const apart = ({ since }: Found): number => (Number.isFinite(near) ? Math.abs(since - near) : since)
  return felt.toSorted(
    (a, b) =>
      FELT.indexOf(a.metric!) - FELT.indexOf(b.metric!) ||
      SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
      apart(a) - apart(b),
  )[0]
}

/** A problem has no end of its own. */
function goOnTogether(one: Found, other: Found): boolean {
  const end = ({ until }: Found): number => (until ?? Number.POSITIVE_INFINITY) + SLACK_MS
  return one.since <= end(other) && other.since <= end(one)
}
