import { errorOf, placeOf } from '../error-text.ts'
import type { TestFailure } from '../parsed.ts'
import type { Element } from '../xml.ts'

/** The root of vitest's report. */
export const VITEST_NAME = 'vitest tests'

/** ` ❯ price src/cart.mjs:2:21`; without a name for code outside of functions. */
const FRAME = /^ ❯ (?:(.{1,500}) )?(\S{1,500}:\d{1,9}:\d{1,9})$/

/** vitest prints frames in a way of its own, names a test with all its suites, and the file as its class. */
export function vitestFailure(element: Element, fault: Element): Omit<TestFailure, 'attempt' | 'outcome'> {
  const { name = 'a test', classname } = element.attributes
  const { message, type } = fault.attributes
  const lines = fault.text.split('\n').map(line => line.slice(0, 2_000))
  const start = lines.findIndex(line => FRAME.test(line))
  const frames = start < 0 ? [] : lines.slice(start).map(line => line.replace(FRAME, frameOf))
  const error = errorOf(message?.trim() || fault.text.trim() || 'failed', type)
  const error_stack = start < 0 ? undefined : `${type ?? 'Error'}: ${message ?? ''}\n${frames.join('\n').trimEnd()}`
  // Errors that no test caught are told under a heading instead of a file.
  const test_file = classname !== undefined && /\.\w{1,6}$/.test(classname) ? classname : undefined
  const titles = name.split(' > ')
  return {
    test_name: titles.join(' '),
    test_file,
    suite_name: titles.slice(0, -1).join(' > ') || undefined,
    ...error,
    error_type: type ?? error.error_type,
    error_stack,
    file_path: test_file,
    ...placeOf(error_stack),
  }
}

function frameOf(_: string, name: string | undefined, place: string): string {
  return name === undefined ? `    at ${place}` : `    at ${name} (${place})`
}
