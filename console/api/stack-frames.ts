import { normaliseFrame } from '../../analysis/stack/normalise.ts'
import { parseStack } from '../../analysis/stack/parse.ts'
import type { ParsedError } from '../../analysis/stack/parsed.ts'

export interface StackFrame {
  /** '' where it has no name. */
  readonly name: string
  readonly file: string
  /** 0 where the stack does not say. */
  readonly line: number
  /** The application's own code, not a library's. */
  readonly isOwn: boolean
}

/** One error of a chain of causes: the one that was reported first. */
export interface StackError {
  readonly type: string
  readonly message: string
  readonly frames: readonly StackFrame[]
}

const ERRORS_MAX = 8
const FRAMES_MAX = 100

/** A stack as its errors and frames; empty where the text is none. */
export function framesOf(stack: string): StackError[] {
  const parsed = parseStack(stack)
  const errors: StackError[] = []
  let error: ParsedError | undefined = parsed?.error
  while (parsed !== undefined && error !== undefined && errors.length < ERRORS_MAX) {
    errors.push({
      type: error.type,
      message: error.message.slice(0, 2_000),
      frames: error.frames.slice(0, FRAMES_MAX).map(raw => ({
        name: [raw.owner, raw.name].filter(part => part !== '').join('.'),
        file: raw.file,
        line: raw.line,
        isOwn: normaliseFrame(raw, parsed.format).origin === 'app',
      })),
    })
    error = error.cause ?? error.members[0]
  }
  return errors
}
