import { countOf, isObject, type JsonObject, objects, textOf } from '../json.ts'
import { type LintFailure, lintReport } from '../parsed.ts'
import type { FormatDefinition, Source } from './source.ts'

/** Linters whose JSON is a list of findings: where the list is, what is in it, and how a finding is told. */
interface Tool {
  readonly fingerprint: string
  readonly findings: (source: Source) => readonly JsonObject[] | undefined
  readonly tell: (one: JsonObject) => Omit<LintFailure, 'tool' | 'message' | 'file_path' | 'rule'> & {
    readonly tool?: string | undefined
    readonly rule: unknown
    readonly message: unknown
    readonly file: unknown
  }
  readonly faults?: (source: Source) => readonly string[]
}

const has = (one: JsonObject, ...keys: readonly string[]) => keys.every(key => key in one)
/** A list in which everything has these keys. An empty one is of nobody. */
const listOf = (value: unknown, ...keys: readonly string[]) => {
  const all = objects(value)
  return Array.isArray(value) && value.length > 0 && all.length === value.length && all.every(one => has(one, ...keys))
    ? all
    : undefined
}
const at = (line: unknown, column: unknown) => ({
  line_number: countOf(line) || undefined,
  column_number: countOf(column) || undefined,
})
const within = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined)
const severity = (value: unknown, otherwise: LintFailure['severity'] = 'error'): LintFailure['severity'] => {
  const text = String(value).toLowerCase()
  if (/^(?:error|fatal|critical|high|blocker|major)$/.test(text)) return 'error'
  if (/^(?:warning|warn|medium|minor|refactor)$/.test(text)) return 'warning'
  return /^(?:info|information|note|style|convention|hint|low|help)$/.test(text) ? 'info' : otherwise
}

const TOOLS = {
  ruff: {
    fingerprint:
      'a JSON array whose members have `filename`, `code`, `message`, `location` and `end_location`, or such lines',
    findings: ({ json, lines }) =>
      listOf(json, 'filename', 'code', 'location', 'end_location') ??
      listOf(lines, 'filename', 'code', 'location', 'end_location'),
    tell: one => ({
      ...at(within(one.location, 'row'), within(one.location, 'column')),
      rule: one.code ?? 'syntax-error',
      severity: severity(one.severity),
      message: one.message,
      file: one.filename,
    }),
  },
  golangci: {
    fingerprint: 'JSON with `Issues` and a `Report`, or with issues that have a `FromLinter`',
    findings: ({ json }) =>
      isObject(json) && 'Issues' in json && ('Report' in json || listOf(json.Issues, 'FromLinter') !== undefined)
        ? objects(json.Issues)
        : undefined,
    tell: one => ({
      ...at(within(one.Pos, 'Line'), within(one.Pos, 'Column')),
      rule: one.FromLinter,
      severity: severity(one.Severity),
      message: one.Text,
      file: within(one.Pos, 'Filename'),
    }),
    faults: ({ json }) => {
      const error = within(within(json, 'Report'), 'Error')
      return typeof error === 'string' && error !== '' ? [`says that the linter failed: ${error.slice(0, 200)}`] : []
    },
  },
  stylelint: {
    fingerprint: 'a JSON array whose members have `source` and `warnings`',
    findings: ({ json }) =>
      listOf(json, 'source', 'warnings')?.flatMap(file => [
        ...objects(file.warnings).map(one => ({ ...one, file: file.source })),
        ...objects(file.parseErrors).map(one => ({ ...one, severity: 'error', file: file.source })),
        ...objects(file.invalidOptionWarnings).map(one => ({
          ...one,
          severity: 'error',
          rule: 'invalid-option',
          file: file.source,
        })),
      ]),
    tell: one => ({
      ...at(one.line, one.column),
      rule: one.rule,
      severity: severity(one.severity),
      message: one.text,
      file: one.file,
    }),
  },
  rubocop: {
    fingerprint: 'JSON with `files` whose members have `offenses`',
    findings: ({ json }) =>
      isObject(json) &&
      Array.isArray(json.files) &&
      objects(json.files).every(file => 'offenses' in file) &&
      ('summary' in json || 'metadata' in json)
        ? objects(json.files).flatMap(file => objects(file.offenses).map(one => ({ ...one, file: file.path })))
        : undefined,
    tell: one => ({
      ...at(within(one.location, 'line'), within(one.location, 'column')),
      rule: one.cop_name,
      severity: severity(one.severity),
      message: one.message,
      file: one.file,
    }),
  },
  pylint: {
    fingerprint:
      'a JSON array whose members have `symbol` and `message-id`, or JSON with `messages` whose members have `messageId`, and `statistics`',
    findings: ({ json }) =>
      listOf(json, 'symbol', 'message-id') ??
      (isObject(json) && 'statistics' in json && Array.isArray(json.messages) ? objects(json.messages) : undefined),
    tell: one => ({
      ...at(one.line, one.column),
      rule: one.symbol ?? one['message-id'],
      severity: severity(one.type, 'warning'),
      message: one.message,
      file: one.path,
    }),
  },
  mypy: {
    fingerprint: 'lines of JSON with `file`, `message`, `hint` and `code`',
    findings: ({ lines }) => listOf(lines, 'file', 'line', 'message', 'hint', 'code'),
    tell: one => ({
      ...at(one.line, one.column),
      rule: one.code ?? 'error',
      severity: severity(one.severity),
      message: one.message,
      file: one.file,
    }),
  },
  swiftlint: {
    fingerprint: 'a JSON array whose members have `rule_id` and `reason`',
    findings: ({ json }) => listOf(json, 'rule_id', 'reason'),
    tell: one => ({
      ...at(one.line, one.character),
      rule: one.rule_id,
      severity: severity(one.severity),
      message: one.reason,
      file: one.file,
    }),
  },
  shellcheck: {
    fingerprint:
      'a JSON array (or `comments`) whose members have `file`, `line`, `level`, `code` and `message`; hadolint writes the same',
    findings: ({ json }) =>
      listOf(json, 'file', 'line', 'level', 'code', 'message') ??
      (isObject(json) ? listOf(json.comments, 'file', 'line', 'level', 'code', 'message') : undefined),
    tell: one => ({
      ...at(one.line, one.column),
      rule: typeof one.code === 'number' ? `SC${one.code}` : one.code,
      severity: severity(one.level),
      message: one.message,
      file: one.file,
    }),
  },
  clippy: {
    fingerprint: 'lines of JSON with a `reason`, of cargo (`--message-format=json`)',
    findings: ({ lines }) =>
      lines.length > 0 &&
      lines.every(one => typeof one.reason === 'string') &&
      lines.some(({ reason }) => ['compiler-message', 'compiler-artifact', 'build-finished'].includes(String(reason)))
        ? lines
            .filter(
              ({ reason, message }) =>
                reason === 'compiler-message' && isObject(message) && objects(message.spans).length > 0,
            )
            .map(({ message }) => message as JsonObject) // as the filter said
        : undefined,
    tell: one => {
      const span = objects(one.spans).find(each => each.is_primary === true) ?? objects(one.spans)[0]
      return {
        ...at(span?.line_start, span?.column_start),
        rule: within(one.code, 'code') ?? 'rustc',
        severity: severity(one.level),
        message: one.message,
        file: span?.file_name,
      }
    },
    faults: ({ lines }) =>
      lines.some(({ reason }) => reason === 'build-finished') ? [] : ['ends before the build did'],
  },
  codeclimate: {
    fingerprint: 'a JSON array whose members have `description`, `location` and a `fingerprint` or a `check_name`',
    findings: ({ json }) =>
      listOf(json, 'description', 'fingerprint', 'location') ?? listOf(json, 'description', 'check_name', 'location'),
    tell: one => ({
      ...at(
        within(within(one.location, 'lines'), 'begin') ??
          within(within(within(one.location, 'positions'), 'begin'), 'line'),
        undefined,
      ),
      rule: one.check_name,
      severity: severity(one.severity),
      message: one.description,
      file: within(one.location, 'path'),
    }),
  },
  semgrep: {
    fingerprint: 'JSON with `results` whose members have a `check_id`, and `errors`',
    findings: ({ json }) =>
      isObject(json) && Array.isArray(json.results) && 'errors' in json && 'paths' in json
        ? objects(json.results)
        : undefined,
    tell: one => ({
      ...at(within(one.start, 'line'), within(one.start, 'col')),
      rule: one.check_id,
      severity: severity(within(one.extra, 'severity')),
      message: within(one.extra, 'message'),
      file: one.path,
    }),
  },
  bandit: {
    fingerprint: 'JSON with `results`, `errors` and `metrics`',
    findings: ({ json }) =>
      isObject(json) && Array.isArray(json.results) && 'errors' in json && 'metrics' in json
        ? objects(json.results)
        : undefined,
    tell: one => ({
      ...at(one.line_number, one.col_offset),
      rule: one.test_id,
      severity: severity(one.issue_severity),
      message: one.issue_text,
      file: one.filename,
    }),
  },
} satisfies Readonly<Record<string, Tool>>

function formatOf(name: string, tool: Tool): FormatDefinition {
  return {
    fingerprint: tool.fingerprint,
    isOf: source => tool.findings(source) !== undefined,
    parse: source => {
      const lint = (tool.findings(source) ?? []).map((one): LintFailure => {
        const { rule, message, file, tool: named, ...rest } = tool.tell(one)
        return {
          tool: named ?? name,
          rule: textOf(rule) ?? 'unknown',
          message: textOf(message) ?? 'no message',
          file_path: textOf(file) ?? 'unknown',
          ...rest,
        }
      })
      const faults = tool.faults?.(source) ?? []
      return { ...lintReport(lint, faults), ...(faults.length > 0 ? { isIncomplete: true } : {}) }
    },
  }
}

export const lintFormats = Object.fromEntries(
  Object.entries(TOOLS).map(([name, tool]) => [name, formatOf(name, tool)]),
) as Record<keyof typeof TOOLS, FormatDefinition> // the same keys
