import { withoutColours } from '../error-text.ts'
import type { TestFailure } from '../parsed.ts'

type Told = Pick<TestFailure, 'error_type' | 'error_message' | 'error_stack' | 'file_path' | 'line_number'>

/** From Rust 1.73 on the message stands below the place; before, it stood in quotes before it. */
const PANIC = /^thread '.*' (?:\(\d+\) )?panicked at (?:'(.*)', )?(\S.*?):(\d{1,9}):\d{1,9}:?$/m
/** What follows the message. */
const REST = /^(?:note: |stack backtrace:)/
const MAX_CHARS = 65_536

/** What the tests of Rust print of a failure: a panic with its place, or the error that a test returned. */
export function rustError(output: string, message?: string): Told {
  const text = withoutColours(output).replaceAll('\r\n', '\n').trim().slice(0, MAX_CHARS)
  const panic = PANIC.exec(text)
  if (panic === null) return { error_message: message || text.replace(/^(?:Error|note): /, '') || 'failed' }
  const below = text.slice(panic.index + panic[0].length + 1).split('\n')
  const end = below.findIndex(line => REST.test(line))
  const said =
    panic[1] ??
    below
      .slice(0, end < 0 ? below.length : end)
      .join('\n')
      .trim()
  return {
    error_type: 'panic',
    error_message: said || 'panic',
    error_stack: text.slice(panic.index),
    file_path: panic[2]!,
    line_number: Number(panic[3]),
  }
}
