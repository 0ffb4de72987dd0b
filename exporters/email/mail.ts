import { type FindingFacts, factsOf, headlineOf, remarksOf } from '../../pipeline/message/facts.ts'
import { picturePng, pictureText } from '../../pipeline/message/picture.ts'
import { cut, escapeHtml, oneLine } from '../../pipeline/message/text.ts'
import type { FindingPicture, FindingSeverity, Notification } from '../../pipeline/model/index.ts'

/** RFC 5322 lets a line have 998 characters; people read the first hundred. */
const SUBJECT_CHARS_MAX = 200

export interface Mail {
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly messageId: string
  /** Of the first mail of the thread; absent in it. */
  readonly references?: string | undefined
  /** Pictures that the HTML shows. */
  readonly attachments?: readonly Attachment[]
}

interface Attachment {
  readonly cid: string
  readonly filename: string
  readonly contentType: 'image/png'
  readonly content: Buffer
}

/** A mail is no album: the first ones are enough. */
const PICTURES_MAX = 3

/** `domain` is that of the sender's address. Mail programs put a thread together by `references`. */
export function mailOf(notification: Notification, baseUrl: string, domain: string): Mail {
  const headline = headlineOf(notification)
  const found = notification.findings.map(({ finding, change }) => ({
    severity: finding.state === 'ended' ? ('ended' as const) : finding.severity,
    facts: factsOf(finding, change, notification.at, baseUrl),
    picture: finding.picture,
  }))
  const shown = found.filter(({ picture }) => picture !== undefined).slice(0, PICTURES_MAX)
  const cidOf = (one: (typeof found)[number]) => `${notification.id}-picture-${shown.indexOf(one)}@${domain}`
  const pictures = shown.map(one => ({ one, cid: cidOf(one), alt: pictureText(one.picture!) }))
  const remarks = remarksOf(notification)
  const idOf = (id: string) => `<${id}@${domain}>`
  return {
    subject: cut(oneLine(headline), SUBJECT_CHARS_MAX),
    text: `${[oneLine(headline), ...found.map(({ facts }) => textOf(facts)), ...remarks.map(indented)].join('\n\n')}\n`,
    html: htmlOf(
      headline,
      found.map(one => ({ ...one, picture: pictures.find(picture => picture.one === one) })),
      remarks,
    ),
    messageId: idOf(notification.id),
    references: notification.number === 1 ? undefined : idOf(`${notification.thread}-1`),
    ...(pictures.length === 0 ? {} : { attachments: pictures.map(attachmentOf) }),
  }
}

function attachmentOf({
  one,
  cid,
}: {
  readonly one: { readonly picture: FindingPicture | undefined }
  readonly cid: string
}): Attachment {
  return { cid, filename: 'timeline.png', contentType: 'image/png', content: picturePng(one.picture!) }
}

function textOf({ what, detail, facts, link }: FindingFacts): string {
  const width = Math.max(...facts.map(({ name }) => name.length)) + 1
  const lines = facts.map(({ name, value }) => `  ${`${name}:`.padEnd(width)} ${value}`)
  const beneath = [...(detail === undefined ? [] : [`  ${detail}`]), ...lines, `  ${'Link:'.padEnd(width)} ${link}`]
  return [oneLine(what), ...beneath.map(indented)].join('\n')
}

/** No line of a sender's text begins where ours do: none can pass for a fact, or for a header where a mail is quoted. */
function indented(text: string): string {
  return text.replaceAll(/\r\n?|\n/g, '\n    ')
}

const COLOURS: Record<FindingSeverity | 'ended', string> = {
  critical: '#b00020',
  error: '#c75300',
  warning: '#8a6d00',
  info: '#1f5fa8',
  ended: '#2e7d32',
}

interface Shown {
  readonly severity: FindingSeverity | 'ended'
  readonly facts: FindingFacts
  readonly picture: { readonly cid: string; readonly alt: string } | undefined
}

/** Tables and inline styles are what all mail programs know. */
function htmlOf(headline: string, found: readonly Shown[], remarks: readonly string[]): string {
  const findings = found.map(({ severity, facts, picture }) => findingHtml(COLOURS[severity], facts, picture))
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${inHtml(headline)}</title></head>
<body style="font-family:sans-serif;font-size:14px;color:#222222">
<h1 style="font-size:17px">${inHtml(headline)}</h1>
${[...findings, ...remarks.map(remark => `<p>${inHtml(remark)}</p>`)].join('\n')}
</body>
</html>
`
}

function findingHtml(colour: string, { what, detail, facts, link }: FindingFacts, picture: Shown['picture']): string {
  const image =
    picture === undefined
      ? ''
      : `\n<p style="margin:4px 0"><img src="cid:${escapeHtml(picture.cid)}" alt="${escapeHtml(picture.alt)}" width="600" height="90"></p>`
  const rows = facts.map(({ name, value }) => {
    const shown = name === 'Look' ? `<code>${inHtml(value)}</code>` : inHtml(value)
    return `<tr><th align="left" valign="top" style="padding-right:12px;font-weight:normal;color:#666666">${inHtml(name)}</th><td>${shown}</td></tr>`
  })
  return `<div style="border-left:4px solid ${colour};padding:2px 0 2px 12px;margin:16px 0">
<p style="margin:4px 0"><strong><a href="${escapeHtml(link)}" style="color:${colour}">${inHtml(what)}</a></strong></p>
${detail === undefined ? '' : `<p style="margin:4px 0">${inHtml(detail)}</p>\n`}<table cellspacing="0" cellpadding="2" style="font-size:13px">
${rows.join('\n')}
</table>${image}
</div>`
}

function inHtml(text: string): string {
  return escapeHtml(oneLine(text))
}
