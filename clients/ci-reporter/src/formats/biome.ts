import { countOf, isObject, objects, textOf } from '../json.ts'
import { type LintFailure, lintReport, type Parsed, ReportFault } from '../parsed.ts'
import type { FormatDefinition } from './source.ts'

export const biome: FormatDefinition = {
  fingerprint:
    'JSON with `diagnostics`, and a `command` that is one of biome’s or, in each diagnostic, a `location` with a `path`',
  isOf: ({ json }) =>
    isObject(json) &&
    Array.isArray(json.diagnostics) &&
    !('number_of_files' in json) &&
    (objects(json.diagnostics).length === 0 || objects(json.diagnostics).every(one => !('filename' in one))) &&
    !('version' in json && 'generalDiagnostics' in json),
  parse: ({ json }) => parseBiome(json),
}

/** `biome check --reporter=json`, as version 2 writes it. */
function parseBiome(report: unknown): Parsed {
  if (!isObject(report) || !Array.isArray(report.diagnostics)) {
    throw new ReportFault('has no diagnostics: make it with `biome check --reporter=json`')
  }
  const left = isObject(report.summary) ? (countOf(report.summary.diagnosticsNotPrinted) ?? 0) : 0
  const faults = left > 0 ? [`leaves ${left} diagnostics out: run biome with --max-diagnostics=none`] : []
  return lintReport(objects(report.diagnostics).map(diagnosticOf), faults)
}

function diagnosticOf(one: Readonly<Record<string, unknown>>): LintFailure {
  const location = isObject(one.location) ? one.location : {}
  const start = isObject(location.start) ? location.start : {}
  const file = isObject(location.path) ? location.path.file : location.path
  return {
    tool: 'biome',
    rule: textOf(one.category) ?? 'unknown',
    severity: severityOf(one.severity),
    message: textOf(one.message) ?? textOf(one.description) ?? 'no message',
    file_path: textOf(file) ?? 'unknown',
    // biome writes 0 where a finding has no place.
    line_number: countOf(start.line) || undefined,
    column_number: countOf(start.column) || undefined,
  }
}

function severityOf(severity: unknown): LintFailure['severity'] {
  if (severity === 'warning') return 'warning'
  return severity === 'information' || severity === 'hint' ? 'info' : 'error'
}
