import { factsOf, headlineOf, isOver, linkOf, remarksOf } from '../../pipeline/message/facts.ts'
import { cut } from '../../pipeline/message/text.ts'
import type { FindingSeverity, Notification } from '../../pipeline/model/index.ts'

/** Of the events API, version 2. */
const TITLE_CHARS_MAX = 500
const MESSAGE_CHARS_MAX = 4_000
const AGGREGATION_KEY_CHARS_MAX = 100
const TAG_CHARS_MAX = 200
const TAGS_MAX = 100
/** Of our own. */
const LINKS_MAX = 10

const STATUSES: Record<FindingSeverity, string> = { critical: 'error', error: 'error', warning: 'warn', info: 'ok' }
const PRIORITIES: Record<FindingSeverity, string> = { critical: '1', error: '2', warning: '3', info: '5' }

/** An event of the category alert. */
export function datadogEvent(
  notification: Notification,
  { link_base_url, tags }: { readonly link_base_url: string; readonly tags: readonly string[] },
) {
  const { findings, labels, services, at, thread, id } = notification
  const worst = findings[0]?.finding.severity ?? 'info'
  const own = [
    'source:sensorium',
    ...services.map(service => `service:${service}`),
    ...Object.entries(labels)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${name}:${value}`),
  ]
  const links = new Map(findings.map(({ finding }) => [linkOf(finding, link_base_url), finding.title]))
  return {
    data: {
      type: 'event',
      attributes: {
        title: cut(headlineOf(notification), TITLE_CHARS_MAX),
        message: cut(messageOf(notification, link_base_url), MESSAGE_CHARS_MAX),
        category: 'alert',
        integration_id: 'custom-events',
        aggregation_key: keyOf(thread),
        timestamp: at,
        tags: [...new Set([...tags, ...own].map(tagOf))].slice(0, TAGS_MAX),
        attributes: {
          status: isOver(notification) ? 'ok' : STATUSES[worst],
          priority: PRIORITIES[worst],
          links: [...links]
            .slice(0, LINKS_MAX)
            .map(([url, title]) => ({ category: 'resource', title: cut(title, TAG_CHARS_MAX), url })),
          custom: {
            notification: id,
            number: notification.number,
            change: notification.change,
            counts: notification.counts,
          },
        },
      },
    },
  }
}

/** The end of a thread's name tells it from others. */
function keyOf(thread: string): string {
  return thread.slice(-AGGREGATION_KEY_CHARS_MAX)
}

export function tagOf(text: string): string {
  return cut(text.replaceAll(/[\s,]+/g, '_'), TAG_CHARS_MAX)
}

/** Plain text: without Datadog's own mark no part of it is Markdown. */
function messageOf(notification: Notification, baseUrl: string): string {
  const parts = notification.findings.map(({ finding, change }) => {
    const { what, detail, facts, link } = factsOf(finding, change, notification.at, baseUrl)
    return [
      what,
      ...(detail === undefined ? [] : [detail]),
      ...facts.map(({ name, value }) => `${name}: ${value}`),
      `Link: ${link}`,
    ].join('\n')
  })
  return [...parts, ...remarksOf(notification)].join('\n\n').replaceAll('%%%', '%')
}
