import { Tokenizer } from '@huggingface/tokenizers'

/** Turns a text into token ids with the special ones around them, never more than `maxTokens`. */
export type Tokenize = (text: string) => number[]

export interface TokenizerFacts {
  readonly tokenizer: object
  readonly tokenizerConfig: object
  readonly maxTokens: number
  readonly lowerCase: boolean
}

/** No tokenizer gives fewer tokens than one for so many characters of text that says something. */
const MAX_CHARS_PER_TOKEN = 32

/**
 * The tokenizer of a model folder. The library has no truncation: a text is encoded without special tokens, cut, and
 * framed by those that it puts around a probe.
 */
export function openTokenizer({ tokenizer, tokenizerConfig, maxTokens, lowerCase }: TokenizerFacts): Tokenize {
  const library = new Tokenizer(tokenizer, tokenizerConfig)
  const encode = (text: string, isFramed: boolean) => library.encode(text, { add_special_tokens: isFramed }).ids
  const { before, after } = frameOf(encode('a', false), encode('a', true))
  const room = Math.max(0, maxTokens - before.length - after.length)
  return text => {
    // Without this a megabyte would be tokenized for the sake of its first page.
    const head = text.slice(0, maxTokens * MAX_CHARS_PER_TOKEN)
    const ids = encode(lowerCase ? head.toLowerCase() : head, false)
    return [...before, ...ids.slice(0, room), ...after]
  }
}

function frameOf(bare: readonly number[], framed: readonly number[]) {
  const at = framed.findIndex((_, index) => bare.every((id, offset) => framed[index + offset] === id))
  return { before: framed.slice(0, at), after: framed.slice(at + bare.length) }
}

/** The three inputs of a batch, `batch` × `sequence`, padded on the right to the longest text of the batch. */
export interface PaddedBatch {
  readonly ids: Int32Array
  readonly mask: Int32Array
  readonly sequence: number
  readonly lengths: readonly number[]
}

export function padded(texts: readonly (readonly number[])[], padTokenId: number): PaddedBatch {
  const lengths = texts.map(ids => ids.length)
  const sequence = Math.max(1, ...lengths)
  const ids = new Int32Array(texts.length * sequence).fill(padTokenId)
  const mask = new Int32Array(texts.length * sequence)
  for (const [row, text] of texts.entries()) {
    ids.set(text, row * sequence)
    mask.fill(1, row * sequence, row * sequence + text.length)
  }
  return { ids, mask, sequence, lengths }
}
