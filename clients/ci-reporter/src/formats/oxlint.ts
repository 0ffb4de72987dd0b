import { countOf, isObject, type JsonObject, objects, textOf } from '../json.ts'
import { type LintFailure, lintReport } from '../parsed.ts'
import type { FormatDefinition } from './source.ts'

export const oxlint: FormatDefinition = {
  fingerprint: 'JSON with `diagnostics` and `number_of_files`, or with diagnostics that have a `filename` and `labels`',
  isOf: ({ json }) =>
    isObject(json) &&
    Array.isArray(json.diagnostics) &&
    ('number_of_files' in json ||
      (json.diagnostics.length > 0 && objects(json.diagnostics).every(one => 'filename' in one && 'labels' in one))),
  parse: ({ json }) => lintReport(isObject(json) ? objects(json.diagnostics).map(diagnosticOf) : []),
}

function diagnosticOf(one: JsonObject): LintFailure {
  const label = objects(one.labels)[0]
  const span = isObject(label?.span) ? label.span : {}
  return {
    tool: 'oxlint',
    rule: textOf(one.code) ?? 'parse-error',
    severity: one.severity === 'warning' ? 'warning' : one.severity === 'advice' ? 'info' : 'error',
    message: textOf(one.message) ?? 'no message',
    file_path: textOf(one.filename) ?? 'unknown',
    line_number: countOf(span.line) || undefined,
    column_number: countOf(span.column) || undefined,
  }
}
