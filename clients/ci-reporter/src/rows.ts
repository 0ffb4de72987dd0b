import type { LintFailure, TestFailure } from './parsed.ts'

/** As wide as the seed's columns; longer messages and stacks say no more, and a report must fit into a request. */
const MAX_CHARS: Readonly<Record<string, number>> = {
  test_name: 500,
  test_file: 500,
  suite_name: 255,
  error_type: 255,
  error_message: 8_192,
  error_stack: 16_384,
  file_path: 500,
  rule: 255,
  message: 4_096,
  source: 500,
}

/** Cuts the texts of a row to what Sensorium takes, with a mark that says how long they were; `onCut` counts. */
export function limited<T extends TestFailure | LintFailure>(row: T, onCut: () => void): T {
  const entries = Object.entries(row).map(([key, value]) => {
    const maxChars = MAX_CHARS[key]
    if (typeof value !== 'string' || maxChars === undefined) return [key, value]
    // PostgreSQL has no text with a NUL in it.
    const text = value.replaceAll('\0', '\ufffd')
    if (text.length <= maxChars) return [key, text]
    onCut()
    return [key, cut(text, maxChars)]
  })
  return Object.fromEntries(entries) as T // the same keys, and texts stay texts
}

function cut(text: string, maxChars: number): string {
  const mark = `… (${text.length} characters)`
  const end = maxChars - mark.length
  const last = text.charCodeAt(end - 1)
  // Half of a character of two halves is none.
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? end - 1 : end)}${mark}`
}
