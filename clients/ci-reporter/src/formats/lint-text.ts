import { withoutColours } from '../error-text.ts'
import { type LintFailure, lintReport, type Parsed } from '../parsed.ts'
import type { FormatDefinition } from './source.ts'

/** `path:line:column: …`, the way of compilers. What follows tells the tool. */
const AT = /^((?:[A-Za-z]:\\)?[^\s:][^:\n]{0,500}):(\d{1,9}):(?:(\d{1,9}):)? +(.*)$/

const WAYS: readonly {
  readonly tool: string
  readonly says: RegExp
  readonly tell: (match: RegExpExecArray) => Pick<LintFailure, 'rule' | 'message' | 'severity'>
}[] = [
  // pylint: `C0114: Missing module docstring (missing-module-docstring)`
  {
    tool: 'pylint',
    says: /^([CRWEFI])\d{4}: (.*) \(([a-z][\w-]{1,100})\)$/,
    tell: ([, kind, message, rule]) => ({
      rule: rule!,
      message: message!,
      severity: kind === 'E' || kind === 'F' ? 'error' : kind === 'W' || kind === 'R' ? 'warning' : 'info',
    }),
  },
  // flake8 and `ruff --output-format=concise`: `F401 'os' imported but unused`
  {
    tool: 'flake8',
    says: /^([A-Z]{1,4}\d{3,5}) (.+)$/,
    tell: ([, rule, message]) => ({ rule: rule!, message: message!, severity: 'error' }),
  },
  // gcc, clang, mypy, swiftlint: `error: message [rule]`, `warning: Message (rule)`
  {
    tool: 'compiler',
    says: /^(fatal error|error|warning|note|info): (.+?)(?: +\[([\w.+=#/-]{1,100})\]| \(([a-z_]{1,100})\))?$/,
    tell: ([, kind, message, bracket, round]) => ({
      rule: bracket ?? round ?? 'unknown',
      message: message!,
      severity: kind === 'warning' ? 'warning' : kind === 'note' || kind === 'info' ? 'info' : 'error',
    }),
  },
  // golangci-lint: `Error return value is not checked (errcheck)`
  {
    tool: 'golangci',
    says: /^(.+) \(([a-z][a-z0-9]{1,40})\)$/,
    tell: ([, message, rule]) => ({ rule: rule!, message: message!, severity: 'error' }),
  },
]

export const lintText: FormatDefinition = {
  fingerprint:
    'lines of `path:line:column:` with, behind it, what flake8, ruff, pylint, mypy, gcc, swiftlint or golangci-lint write',
  isOf: ({ text, json, xml, lines }) =>
    json === undefined &&
    xml === undefined &&
    lines.length === 0 &&
    !/^(?:not )?ok \d/m.test(text) &&
    findingsOf(text).length > 0,
  parse: ({ text }) => parseLintText(text),
}

function findingsOf(text: string): LintFailure[] {
  const plain = withoutColours(text)
  const isRuff = /^(?:Found \d+ errors?|\[\*\] \d+ fixable)/m.test(plain)
  return plain.split(/\r?\n/).flatMap(whole => {
    const match = AT.exec(whole.slice(0, 8_192))
    if (match === null) return []
    const [, file, line, column, rest] = match
    for (const { tool, says, tell } of WAYS) {
      const said = says.exec(rest!)
      if (said === null) continue
      const named = tool === 'flake8' && isRuff ? 'ruff' : tool
      return [
        {
          tool: named,
          ...tell(said),
          file_path: file!,
          line_number: Number(line),
          column_number: column === undefined ? undefined : Number(column),
        },
      ]
    }
    return []
  })
}

const COUNTED = /^(?:Found (\d+) errors?\b|(\d+) issues?:$)/m

function parseLintText(text: string): Parsed {
  const all = findingsOf(text)
  const counted = COUNTED.exec(withoutColours(text))
  const count = Number(counted?.[1] ?? counted?.[2] ?? 0)
  const isLess = all.length < count
  return {
    ...lintReport(all, isLess ? [`counts ${count} findings and has ${all.length}`] : []),
    ...(isLess ? { isIncomplete: true } : {}),
  }
}
