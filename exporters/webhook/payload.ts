import { factsOf, headlineOf, isOver, linkOf } from '../../pipeline/message/facts.ts'
import type { Finding, Notification } from '../../pipeline/model/index.ts'

/** What is posted; docs/alerting.md describes it. Fields are added, never changed. */
export function webhookPayload(notification: Notification, baseUrl: string) {
  const { id, thread, number, change, at, labels, counts, findings, more, services, moreServices, inDoubt } =
    notification
  return {
    version: 1,
    id,
    thread,
    number,
    change,
    status: isOver(notification) ? 'resolved' : 'firing',
    at,
    headline: headlineOf(notification),
    group_labels: labels,
    counts: { ...counts, heldBack: undefined, held_back: counts.heldBack },
    findings: findings.map(({ finding, change }) => ({
      change: change ?? 'unchanged',
      ...findingPayload(finding, at, baseUrl),
    })),
    more_findings: more,
    services,
    more_services: moreServices,
    in_doubt_since: inDoubt,
  }
}

function findingPayload(finding: Finding, at: string, baseUrl: string) {
  const { facts } = factsOf(finding, undefined, at, baseUrl)
  return {
    id: finding.id,
    revision: finding.revision,
    state: finding.state,
    acknowledged: finding.isAcknowledged,
    severity: finding.severity,
    title: finding.title,
    sentence: finding.sentence,
    where: facts.find(({ name }) => name === 'Where')?.value,
    since: finding.since,
    until: finding.until,
    expected: finding.expected,
    seen: finding.seen,
    shared: finding.shared,
    changed_before: finding.changedBefore,
    entities_hit: finding.entitiesHit,
    evidence: finding.evidence,
    // The same in words, to be shown as it is.
    facts,
    link: linkOf(finding, baseUrl),
    labels: finding.labels,
  }
}
