import { cut } from '../../pipeline/message/text.ts'

/** The three characters by which mrkdwn begins anything that acts: links, mentions, commands. */
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

export function escapeMrkdwn(text: string): string {
  return text.replaceAll(/[&<>]/g, character => ENTITIES[character]!)
}

/** Escaped, and no longer than `max` then: what is cut is never half an entity. */
export function escapedWithin(text: string, max: number): string {
  let raw = cut(text, max)
  for (let escaped = escapeMrkdwn(raw); ; escaped = escapeMrkdwn(raw)) {
    if (escaped.length <= max) return escaped
    raw = cut(raw, Math.max(1, raw.length - Math.max(8, Math.ceil((escaped.length - max) / 5))))
  }
}

/** `url` is one of ours; the label is a sender's. */
export function linkMrkdwn(url: string, label: string, max: number): string {
  const address = url.replaceAll('|', '%7C').replaceAll('>', '%3E')
  const room = max - address.length - 3
  if (room < 20) return escapedWithin(label, max)
  return `<${address}|${escapedWithin(label.replaceAll('|', '¦'), room)}>`
}

/** Code that cannot end itself. */
export function codeMrkdwn(text: string, max: number): string {
  return `\`${escapedWithin(text.replaceAll('`', '´'), max - 2)}\``
}
