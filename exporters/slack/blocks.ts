import { type FindingFacts, factsOf, headlineOf, remarksOf } from '../../pipeline/message/facts.ts'
import { cut } from '../../pipeline/message/text.ts'
import type { Notification } from '../../pipeline/model/index.ts'
import { type Block, isJudged, judgingBlocks, type Words } from './judging.ts'
import { codeMrkdwn, escapedWithin, escapeMrkdwn, linkMrkdwn } from './mrkdwn.ts'

export interface SlackMessage {
  /** For notifications and screen readers. */
  readonly text: string
  readonly blocks: readonly Block[]
}

/** Slack's own limits: https://docs.slack.dev/reference/block-kit/blocks */
const HEADER_CHARS_MAX = 150
const SECTION_CHARS_MAX = 3_000
const CONTEXT_CHARS_MAX = 2_000
const BLOCKS_MAX = 50
/** Of our own, so that all values of a section have room. */
const DETAIL_CHARS_MAX = 900
const VALUE_CHARS_MAX = 500
const LINK_CHARS_MAX = 900

const SIGNS: Readonly<Record<string, string>> = {
  critical: ':red_circle:',
  error: ':large_orange_circle:',
  warning: ':large_yellow_circle:',
  info: ':large_blue_circle:',
  resolved: ':large_green_circle:',
}

export interface Shown {
  /** What changed, for the thread below. */
  readonly onlyChanges?: boolean
  /** What has been said of reports and incidents, where people are asked by buttons. */
  readonly words?: Words | undefined
}

/** What is going on with the group. */
export function slackMessage(
  notification: Notification,
  baseUrl: string,
  { onlyChanges = false, words }: Shown = {},
): SlackMessage {
  const headline = headlineOf(notification)
  const findings = notification.findings.filter(({ change }) => !onlyChanges || change !== undefined)
  const sections = findings.flatMap(({ finding, change }) => {
    const sign = SIGNS[finding.state === 'ended' ? 'resolved' : finding.severity]!
    const said = section(`${sign} ${factsText(factsOf(finding, change, notification.at, baseUrl))}`)
    const isAsked = words !== undefined && isJudged(finding)
    return isAsked ? [said, ...judgingBlocks(finding.id, words.get(finding.id) ?? [])] : [said]
  })
  const remarks = remarksOf(notification)
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: cut(headline, HEADER_CHARS_MAX), emoji: false } },
    ...sections,
    ...(remarks.length === 0 ? [] : [context(remarks.join('\n'))]),
  ]
  return { text: escapeMrkdwn(headline), blocks: blocks.slice(0, BLOCKS_MAX) }
}

function factsText({ what, detail, facts, link }: FindingFacts): string {
  const lines = [`*${linkMrkdwn(link, what.replaceAll('*', '∗'), LINK_CHARS_MAX)}*`]
  if (detail !== undefined) lines.push(escapedWithin(detail, DETAIL_CHARS_MAX))
  for (const { name, value } of facts) {
    const shown = name === 'Look' ? codeMrkdwn(value, VALUE_CHARS_MAX) : escapedWithin(value, VALUE_CHARS_MAX)
    lines.push(`*${name}:* ${shown}`)
  }
  let text = ''
  for (const line of lines) {
    // Whole lines: a cut one might end in half an entity. The sign before it takes some characters.
    if (text.length + line.length + 1 > SECTION_CHARS_MAX - 40) break
    text += text === '' ? line : `\n${line}`
  }
  return text
}

/** `verbatim`: nothing in a sender's text becomes a link or a mention. */
function section(text: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }
}

function context(text: string): Block {
  const elements = [{ type: 'mrkdwn', text: escapedWithin(text, CONTEXT_CHARS_MAX), verbatim: true }]
  return { type: 'context', elements }
}
