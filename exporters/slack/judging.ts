import type { Finding } from '../../pipeline/model/index.ts'
import type { Verdict, Word } from '../../store/reports/feedback.ts'
import { escapedWithin } from './mrkdwn.ts'

/** As Slack has it: https://docs.slack.dev/reference/block-kit/blocks */
export type Block = Readonly<Record<string, unknown>>

/** What was said of a report or of an incident, by its finding's id. */
export type Words = ReadonlyMap<string, readonly Word[]>

/** Reports and incidents have ids of ours; anybody may send a finding that is called so. */
const JUDGED = /^(?:report|incident)\/[0-9a-f]{12}$/

export function isJudged({ id }: Pick<Finding, 'id'>): boolean {
  return JUDGED.test(id)
}

const CHOICES: readonly { readonly verdict: Verdict; readonly label: string; readonly said: string }[] = [
  { verdict: 'right', label: 'Right', said: 'right' },
  { verdict: 'wrong', label: 'Wrong', said: 'wrong' },
  { verdict: 'other', label: 'Another cause', said: 'another cause' },
]
const ACTION = 'judge_'

/** Asks whether the cause that is named is right, and tells what has been said. */
export function judgingBlocks(about: string, words: readonly Word[]): readonly Block[] {
  const buttons = {
    type: 'actions',
    block_id: `judge ${about}`,
    elements: CHOICES.map(({ verdict, label }) => ({
      type: 'button',
      action_id: `${ACTION}${verdict}`,
      text: { type: 'plain_text', text: label, emoji: false },
      value: about,
    })),
  }
  return [buttons, ...notedBlocks(about, words)]
}

/** The same blocks of a message that is shown, with what has been said by now. */
export function withWords(blocks: readonly Block[], about: string, words: readonly Word[]): readonly Block[] {
  return blocks
    .filter(({ block_id }) => block_id !== notedId(about))
    .flatMap(block => (block.block_id === `judge ${about}` ? [block, ...notedBlocks(about, words)] : [block]))
}

/** Of a button that was pressed; undefined where it is none of these. */
export function judgementOf(action: {
  readonly action_id: string
  readonly value?: string | undefined
}): { readonly about: string; readonly verdict: Verdict } | undefined {
  const choice = CHOICES.find(({ verdict }) => action.action_id === `${ACTION}${verdict}`)
  if (choice === undefined || action.value === undefined || !JUDGED.test(action.value)) return undefined
  return { about: action.value, verdict: choice.verdict }
}

const NAMED_MAX = 5
const NAME_CHARS_MAX = 80
const BY_SLACK = 'slack:'

/** Who pressed a button, as feedback has it: names change, and are not one person's. */
export function personOf(user: string): string {
  return `${BY_SLACK}${user}`
}

const notedId = (about: string): string => `judged ${about}`

function notedBlocks(about: string, words: readonly Word[]): readonly Block[] {
  if (words.length === 0) return []
  const named = words.slice(-NAMED_MAX).map(({ by, verdict }) => {
    const { said } = CHOICES.find(one => one.verdict === verdict)! // a verdict is one of them
    return `${said} by ${shownName(by)}`
  })
  const more = words.length > NAMED_MAX ? ` and ${words.length - NAMED_MAX} before` : ''
  const text = `Noted: ${named.join(', ')}${more}`
  return [{ type: 'context', block_id: notedId(about), elements: [{ type: 'mrkdwn', text, verbatim: true }] }]
}

/** Slack shows people of its own by their names. */
function shownName(by: string): string {
  const user = by.startsWith(BY_SLACK) ? by.slice(BY_SLACK.length) : ''
  return /^[UW][A-Z0-9]{1,30}$/.test(user) ? `<@${user}>` : escapedWithin(by, NAME_CHARS_MAX)
}
