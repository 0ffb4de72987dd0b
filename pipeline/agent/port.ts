/** One part of a conversation with a model. */
export type Message =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls?: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly callId: string; readonly content: string }

/** A function that the model may ask for. */
export interface ToolSpec {
  readonly name: string
  readonly description: string
  /** JSON Schema of its arguments. */
  readonly parameters: object
}

/** What the model asks for: it may name a tool that there is not, with arguments that are no JSON. */
export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly arguments: string
}

export interface Reply {
  readonly text: string
  readonly toolCalls: readonly ToolCall[]
  /** It came to its limit of tokens: the text ends somewhere. */
  readonly isCut: boolean
  readonly tokens: Tokens
}

export interface Tokens {
  readonly input: number
  readonly output: number
}

export interface ChatOptions {
  /** What the tokens are spent on, as the metric names it: `prose`, `chat`. */
  readonly purpose: string
  readonly signal: AbortSignal
  /** Shorter than the adapter's own. */
  readonly deadlineMs?: number | undefined
  /** Told of the text as it comes. */
  readonly onText?: ((text: string) => void) | undefined
}

export interface CodeContext {
  readonly language: string
  /** What it is to fit to, by path: data, not instructions. */
  readonly files: readonly { readonly path: string; readonly text: string }[]
}

export interface CodeBlock {
  readonly language: string
  readonly code: string
}

/** A language model, whoever serves it. What it answers is a stranger's word: whoever uses it checks it first. */
export interface AgentPort {
  /** As people are told who answered. */
  readonly model: string
  /** @throws AgentError */
  chat(messages: readonly Message[], tools: readonly ToolSpec[], options: ChatOptions): Promise<Reply>
  /** @throws AgentError, `broken` where the answer holds no code */
  generateCode(prompt: string, context: CodeContext, options: ChatOptions): Promise<CodeBlock>
  /** Ends what is under way. */
  close(): void
}

/**
 * - `away`: nobody listens, or it asks to be left alone for now.
 * - `slow`: it did not answer in time, or stopped in the middle.
 * - `refused`: it does not take the request: key, model, size.
 * - `broken`: what it sends is not the protocol, or past every limit.
 * - `budget`: the tokens of this hour or day are spent.
 */
export type AgentFault = 'away' | 'slow' | 'refused' | 'broken' | 'budget'

/** Why there is no answer, in words for people: nothing of what the model or its server said. */
export class AgentError extends Error {
  override readonly name = 'AgentError'
  readonly fault: AgentFault
  constructor(fault: AgentFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}
