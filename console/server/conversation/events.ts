import type { Row } from '../../../mcp/answer.ts'

/** What a conversation with a model sends to the page, by server-sent events, in this order but for the text. */
export interface ConversationEvents {
  /** A tool that the model calls, before it is run. */
  readonly call: { readonly id: number; readonly tool: string; readonly args: unknown }
  readonly found: {
    readonly id: number
    readonly summary: string
    readonly sections: readonly { readonly name: string; readonly rows: readonly Row[] }[]
    readonly left_out: readonly string[]
    readonly sql: readonly string[]
  }
  /** It could not be answered, in the words that the model gets. */
  readonly refused: { readonly id: number; readonly words: string }
  /** More of what the model says. */
  readonly text: { readonly text: string }
  /** What the model says names these, and nothing that it was shown has them. */
  readonly unfounded: { readonly names: readonly string[] }
  /** The model gives no answer, and why: the page answers by rules. */
  readonly rules: { readonly words: string }
  readonly end: { readonly answer: string; readonly model: string; readonly tokens: number; readonly took_ms: number }
}
export type ConversationEvent = keyof ConversationEvents

export type Tell = <E extends ConversationEvent>(event: E, data: ConversationEvents[E]) => void
