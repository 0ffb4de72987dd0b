import type { Frame } from './frame.ts'
import { normaliseFrame } from './normalise.ts'
import { parseStack } from './parse.ts'
import type { ParsedError, RawFrame, StackFormat } from './parsed.ts'

/** One error of a stack, and where it was thrown. */
export interface CauseLink {
  readonly type: string
  readonly message: string
  /** The innermost frame that is the application's own; undefined where all are of libraries. */
  readonly at: Place | undefined
}

export interface Place {
  /** '' where the function has no name. */
  readonly function: string
  /** Without what differs between machines. */
  readonly file: string
  /** As the stack writes it. */
  readonly path: string
  /** 1-based; 0 where the stack does not say. */
  readonly line: number
}

/** Real chains have two or three links. */
const LINKS_MAX = 8

/**
 * The error that was reported, what caused it, what caused that: the last one is where it began. Of a group of errors
 * the first member stands for all. Empty where the text is no stack.
 */
export function causeChain(stack: string, language?: string): CauseLink[] {
  const parsed = parseStack(stack, language)
  const chain: CauseLink[] = []
  let link: ParsedError | undefined = parsed?.error
  while (parsed !== undefined && link !== undefined && chain.length < LINKS_MAX) {
    chain.push({ type: link.type, message: link.message, at: ownPlace(link.frames, parsed.format) })
    link = link.cause ?? link.members[0]
  }
  return chain
}

function ownPlace(frames: readonly RawFrame[], format: StackFormat): Place | undefined {
  for (const raw of frames) {
    const frame = normaliseFrame(raw, format)
    if (frame.origin === 'app') return placeOf(raw, frame)
  }
  return undefined
}

function placeOf(raw: RawFrame, frame: Frame): Place {
  return { function: frame.function || raw.name, file: frame.file || raw.file, path: raw.file, line: raw.line }
}
