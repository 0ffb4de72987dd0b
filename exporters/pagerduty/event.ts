import { factsOf, headlineOf, isOver, linkOf, remarksOf } from '../../pipeline/message/facts.ts'
import { cut } from '../../pipeline/message/text.ts'
import type { Notification } from '../../pipeline/model/index.ts'

/** Of the Events API v2. */
const SUMMARY_CHARS_MAX = 1_024
const DEDUP_KEY_CHARS_MAX = 255
/** Of our own: a source is a name, not a list. */
const SOURCE_CHARS_MAX = 255
const LINKS_MAX = 5

/** An event of the Events API v2. A group of findings is one alert, from its first finding to its last. */
export function pagerdutyEvent(
  notification: Notification,
  { routing_key, link_base_url }: { readonly routing_key: string; readonly link_base_url: string },
) {
  const { findings, labels, services, at, thread } = notification
  const [first] = findings
  const links = [...new Map(findings.map(({ finding }) => [linkOf(finding, link_base_url), finding.title]))]
  const worst = first?.finding.severity ?? 'info'
  return {
    routing_key,
    event_action: actionOf(notification),
    dedup_key: cut(thread, DEDUP_KEY_CHARS_MAX),
    client: 'Sensorium',
    client_url: links[0]?.[0] ?? link_base_url,
    links: links.slice(0, LINKS_MAX).map(([href, text]) => ({ href, text: cut(text, SOURCE_CHARS_MAX) })),
    payload: {
      summary: cut(headlineOf(notification), SUMMARY_CHARS_MAX),
      source: cut(services.join(', ') || 'sensorium', SOURCE_CHARS_MAX),
      severity: worst,
      timestamp: first?.finding.since ?? at,
      component: textOf(first?.finding.labels.operation),
      group: textOf(
        Object.values(labels)
          .filter(value => value !== '')
          .join(' '),
      ),
      class: textOf(first?.finding.labels.kind),
      custom_details: {
        findings: findings.map(({ finding, change }) => {
          const { what, detail, facts, link } = factsOf(finding, change, at, link_base_url)
          return {
            what,
            detail,
            ...Object.fromEntries(facts.map(({ name, value }) => [name.toLowerCase(), value])),
            link,
          }
        }),
        remarks: remarksOf(notification),
      },
    },
  }
}

function actionOf(notification: Notification): 'trigger' | 'acknowledge' | 'resolve' {
  const { change, counts } = notification
  if (isOver(notification)) return 'resolve'
  return change === 'acknowledged' && counts.acknowledged === counts.firing ? 'acknowledge' : 'trigger'
}

function textOf(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : cut(text, SOURCE_CHARS_MAX)
}
