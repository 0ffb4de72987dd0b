import { countOf, objects, textOf } from '../json.ts'
import { type LintFailure, lintReport, type Parsed, ReportFault } from '../parsed.ts'
import type { FormatDefinition } from './source.ts'

export const eslint: FormatDefinition = {
  fingerprint: 'a JSON array whose members have `filePath` and `messages`',
  isOf: ({ json }) =>
    Array.isArray(json) &&
    json.length > 0 &&
    json.length === objects(json).length &&
    objects(json).every(file => Array.isArray(file.messages) && 'filePath' in file),
  parse: ({ json }) => parseEslint(json),
}

/** `eslint --format json`. The code that it copies into its report is not taken: only allow-listed folders are sent. */
function parseEslint(report: unknown): Parsed {
  if (!Array.isArray(report)) throw new ReportFault('is not the array that `eslint --format json` writes')
  if (report.length > 0 && !objects(report).some(file => Array.isArray(file.messages))) {
    throw new ReportFault('is an array without messages: make it with `eslint --format json`')
  }
  return lintReport(
    objects(report).flatMap(file =>
      objects(file.messages).map(
        (message): LintFailure => ({
          tool: 'eslint',
          // What could not be parsed has no rule.
          rule: textOf(message.ruleId) ?? 'parse-error',
          severity: message.severity === 2 ? 'error' : 'warning',
          message: textOf(message.message) ?? 'no message',
          file_path: textOf(file.filePath) ?? 'unknown',
          line_number: countOf(message.line),
          column_number: countOf(message.column),
        }),
      ),
    ),
  )
}
