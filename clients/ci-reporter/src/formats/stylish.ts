import { withoutColours } from '../error-text.ts'
import { type LintFailure, lintReport, type Parsed } from '../parsed.ts'
import type { FormatDefinition } from './source.ts'

const FINDING = /^ {2,}(\d{1,9}):(\d{1,9}) {2,}(error|warning|info) {2,}(.*?)(?: {2,}(\S{1,200}))?$/
const SUMMARY = /^[✖×] (\d+) problems? \((\d+) errors?, (\d+) warnings?(?:, (\d+) infos?)?\)/m

export const stylish: FormatDefinition = {
  fingerprint:
    'text of ESLint’s default formatter: a file in a line, below it `  3:7  error  message  rule`, and `✖ 2 problems (1 error, 1 warning)`',
  isOf: ({ text }) => {
    const plain = withoutColours(text)
    return SUMMARY.test(plain) || plain.split('\n').some(line => FINDING.test(line.slice(0, 2_000).trimEnd()))
  },
  parse: ({ text }) => parseStylish(withoutColours(text)),
}

function parseStylish(text: string): Parsed {
  const lint: LintFailure[] = []
  let file: string | undefined
  for (const whole of text.split(/\r?\n/)) {
    const line = whole.slice(0, 8_192).trimEnd()
    const match = FINDING.exec(line)
    if (match === null) {
      if (/^\S/.test(line)) file = line
      continue
    }
    const [, row, column, severity, message, rule] = match
    lint.push({
      tool: 'eslint',
      rule: rule ?? 'parse-error',
      severity: severity as LintFailure['severity'], // one of the three of the pattern
      message: message!.trim() || 'no message',
      file_path: file ?? 'unknown',
      line_number: Number(row) || undefined,
      column_number: Number(column) || undefined,
    })
  }
  const summary = SUMMARY.exec(text)
  const isDifferent = summary === null || Number(summary[1]) !== lint.length
  const fault =
    summary === null
      ? 'has no count of problems at its end: it may be cut off'
      : `counts ${summary[1]} problems and has ${lint.length}`
  return { ...lintReport(lint, isDifferent ? [fault] : []), ...(isDifferent ? { isIncomplete: true } : {}) }
}
