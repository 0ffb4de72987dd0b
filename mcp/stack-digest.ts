import { normaliseFrame } from '../analysis/stack/normalise.ts'
import { parseStack } from '../analysis/stack/parse.ts'
import type { ParsedError, StackFormat } from '../analysis/stack/parsed.ts'

/** Of each error of a stack; a recursion says the same again and again. */
const OWN_FRAMES_MAX = 6
const ERRORS_MAX = 6
const MESSAGE_CHARS_MAX = 300

/**
 * A stack as it helps: every error of its chain of causes with its message and the frames of the application's own
 * code, the innermost first; frames of libraries are counted. So the cause is never what a cut takes away. Text that is
 * no stack stays as it is.
 */
export function stackDigest(stack: string): string {
  const parsed = parseStack(stack)
  if (parsed === undefined) return stack
  const lines: string[] = []
  let error: ParsedError | undefined = parsed.error
  for (let n = 0; error !== undefined && n < ERRORS_MAX; n++) {
    lines.push(`${n === 0 ? '' : 'Caused by: '}${header(error)}`, ...frameLines(error, parsed.format))
    error = error.cause ?? error.members[0]
  }
  return lines.join('\n')
}

function header({ type, message }: ParsedError): string {
  const text = message.length > MESSAGE_CHARS_MAX ? `${message.slice(0, MESSAGE_CHARS_MAX).toWellFormed()}…` : message
  return type !== '' && text !== '' ? `${type}: ${text}` : type || text
}

function frameLines({ frames }: ParsedError, format: StackFormat): string[] {
  const lines: string[] = []
  let others = 0
  for (const raw of frames) {
    const frame = normaliseFrame(raw, format)
    if (frame.origin !== 'app' || lines.length >= OWN_FRAMES_MAX) {
      others += 1
      continue
    }
    const place = raw.line === 0 ? raw.file : `${raw.file}:${raw.line}`
    lines.push(`  at ${[raw.owner, raw.name].filter(part => part !== '').join('.') || '<anonymous>'} (${place})`)
  }
  return others === 0 ? lines : [...lines, `  … ${others} more`]
}
