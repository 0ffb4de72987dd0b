import { createHmac } from 'node:crypto'

/** A message as Slack has it. */
export interface ShownMessage {
  readonly ts?: string
  readonly text: string
  readonly blocks: readonly { readonly block_id?: string; readonly elements?: readonly { readonly text: string }[] }[]
}

let presses = 0

/** What Slack sends when somebody presses a button under a message of ours. */
export function pressed(message: ShownMessage, about: string, verdict: string, user = 'U1'): string {
  const action_ts = `${Math.floor(Date.now() / 1000)}.${String(++presses).padStart(6, '0')}`
  const payload = {
    type: 'block_actions',
    user: { id: user, username: 'nana', team_id: 'T1' },
    channel: { id: 'C1', name: 'alerts' },
    container: { type: 'message', message_ts: '1764500000.000001', channel_id: 'C1' },
    message: { type: 'message', ts: '1764500000.000001', text: message.text, blocks: message.blocks },
    response_url: 'https://hooks.slack.com/actions/T1/1/x',
    actions: [{ type: 'button', action_id: `judge_${verdict}`, block_id: `judge ${about}`, value: about, action_ts }],
  }
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
}

/** As Slack signs. */
export function signedHeaders(body: string, secret: string, atMs = Date.now()): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000))
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-signature': signature,
    'x-slack-request-timestamp': timestamp,
  }
}

/** What a message says of who said what. */
export function notedIn({ blocks }: ShownMessage): string[] {
  return blocks.flatMap(({ block_id = '', elements }) => (block_id.startsWith('judged ') ? [elements![0]!.text] : []))
}
