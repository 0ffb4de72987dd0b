import { withoutColours } from '../error-text.ts'
import { type LintFailure, lintReport, type Parsed } from '../parsed.ts'
import type { FormatDefinition } from './source.ts'

export const tsc: FormatDefinition = {
  fingerprint: 'text with `error TS` and a number; an empty text whose file’s name has `tsc` or `typecheck`',
  // What another tool wrote as JSON or XML may quote such a line.
  isOf: ({ text, fileName, json, lines, xml }) =>
    (json === undefined &&
      lines.length === 0 &&
      xml === undefined &&
      /\b(?:error|warning|message) TS\d+: /.test(withoutColours(text))) ||
    (text.trim() === '' && /\btsc\b|typecheck/i.test(fileName)),
  parse: ({ text }) => parseTsc(text),
}

/** `a.ts(3,7): error TS2322: …` and, with --pretty, `a.ts:3:7 - error TS2322: …`; indented lines go on with it. */
const AT = /^(.+?)(?:\((\d{1,9}),(\d{1,9})\): |:(\d{1,9}):(\d{1,9}) - )(error|warning|message) (TS\d+): (.*)$/
/** What is wrong with the project itself has no file. */
const GLOBAL = /^(error|warning|message) (TS\d+): (.*)$/
/** The patterns above must not search a line of any length. */
const MAX_LINE_CHARS = 8_192

function parseTsc(text: string): Parsed {
  const lint: LintFailure[] = []
  let isOpen = false
  for (const whole of withoutColours(text).split(/\r?\n/)) {
    const line = whole.slice(0, MAX_LINE_CHARS)
    const found = diagnosticOf(line)
    if (found !== undefined) {
      lint.push({ ...found, message: `${found.message}${whole.slice(MAX_LINE_CHARS)}` })
      isOpen = true
    } else if (isOpen && /^ {2,}\S/.test(line)) {
      const last = lint.at(-1)!
      lint[lint.length - 1] = { ...last, message: `${last.message}\n${whole}` }
    } else isOpen = false
  }
  return lintReport(lint)
}

function diagnosticOf(line: string): LintFailure | undefined {
  const at = AT.exec(line)
  if (at !== null) {
    const [, file, line1, column1, line2, column2, severity, code, message] = at
    return {
      ...diagnostic(severity, code, message),
      file_path: file!,
      line_number: Number(line1 ?? line2),
      column_number: Number(column1 ?? column2),
    }
  }
  const global = GLOBAL.exec(line)
  return global === null ? undefined : { ...diagnostic(global[1], global[2], global[3]), file_path: 'tsconfig.json' }
}

function diagnostic(
  severity: string | undefined,
  code: string | undefined,
  message: string | undefined,
): Omit<LintFailure, 'file_path'> {
  return {
    tool: 'tsc',
    rule: code!,
    severity: severity === 'error' || severity === 'warning' ? severity : 'info',
    message: message || 'no message',
  }
}
