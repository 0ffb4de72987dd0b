import { factsOf, headlineOf, isOver, remarksOf } from '../../pipeline/message/facts.ts'
import { cut, escapeHtml } from '../../pipeline/message/text.ts'
import type { Notification } from '../../pipeline/model/index.ts'
import type { GrafanaSettings } from './config.ts'

/** Of our own: what is shown when one points at a line. */
const TEXT_CHARS_MAX = 8_000
/** Grafana's column for a tag. */
const TAG_CHARS_MAX = 100

/** By this an annotation of ours is found again. */
export function threadTag({ thread }: Notification): string {
  return cut(`sensorium-${thread}`, TAG_CHARS_MAX)
}

/** An annotation of the HTTP API; its text is HTML, which Grafana cleans and we escape. */
export function annotationOf(
  notification: Notification,
  settings: Pick<GrafanaSettings, 'dashboard_uid' | 'link_base_url' | 'tags'>,
) {
  const { findings, labels, at } = notification
  const startMs = Math.min(...findings.map(({ finding }) => Date.parse(finding.since)))
  const endsMs = findings.map(({ finding }) => Date.parse(finding.until ?? finding.at))
  const groups = Object.entries(labels).filter(([, value]) => value !== '')
  const tags = [
    'sensorium',
    threadTag(notification),
    ...settings.tags,
    ...groups.map(([name, value]) => `${name}:${value}`),
  ]
  return {
    ...(settings.dashboard_uid === undefined ? {} : { dashboardUID: settings.dashboard_uid }),
    time: Math.min(startMs, Date.parse(at)),
    ...(isOver(notification) ? { timeEnd: Math.max(startMs, ...endsMs) } : {}),
    tags: tags.map(tag => cut(tag, TAG_CHARS_MAX)),
    text: textOf(notification, settings.link_base_url),
  }
}

function textOf(notification: Notification, baseUrl: string): string {
  let text = `<b>${escapeHtml(headlineOf(notification))}</b>`
  const add = (more: string) => {
    // Whole parts: a cut one might end in half an element.
    if (text.length + more.length <= TEXT_CHARS_MAX) text += more
  }
  for (const { finding, change } of notification.findings) {
    const { what, detail, facts, link } = factsOf(finding, change, notification.at, baseUrl)
    const lines = [...(detail === undefined ? [] : [detail]), ...facts.map(({ name, value }) => `${name}: ${value}`)]
    add(`<br><br><a href="${escapeHtml(link)}">${escapeHtml(what)}</a><br>${lines.map(escapeHtml).join('<br>')}`)
  }
  for (const remark of remarksOf(notification)) add(`<br><br>${escapeHtml(remark)}`)
  return text
}
