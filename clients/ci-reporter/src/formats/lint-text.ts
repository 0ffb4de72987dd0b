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
  // RuboCop's clang and emacs: `C: [Correctable] Style/RedundantReturn: Redundant return detected.`
  {
    tool: 'rubocop',
    says: /^([ICRWEF]): (?:\[\w+\] )?([A-Z]\w{0,60}(?:\/[A-Z]\w{0,100})+): (.+)$/,
    tell: ([, kind, rule, message]) => ({
      rule: rule!,
      message: message!,
      severity: kind === 'E' || kind === 'F' ? 'error' : kind === 'W' ? 'warning' : 'info',
    }),
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
    'lines of `path:line:column:` with, behind it, what flake8, ruff, pylint, mypy, gcc, swiftlint, RuboCop or golangci-lint write, or the drawings of ruff, oxlint and rustc; where nothing else fits',
  isOf: ({ text, json, xml, lines }) =>
    json === undefined &&
    xml === undefined &&
    lines.length === 0 &&
    !/^(?:not )?ok \d/m.test(text) &&
    (findingsOf(text).length > 0 || CLEAN.test(withoutColours(text))),
  parse: ({ text }) => parseLintText(text),
}

/** ruff, oxlint and rustc draw the code, and tell the place below the message. */
const PLACE = /^ *(?:-->|,-\[|╭─\[) *([^\s:][^:\n]{0,500}):(\d{1,9})(?::(\d{1,9}))?\]?/
const DRAWN: readonly (readonly [string, RegExp])[] = [
  ['ruff', /^(?<rule>[A-Z]{1,5}\d{2,5}|invalid-syntax:?) (?:\[[*-]\] )?(?<message>.+)$/],
  ['oxlint', /^ *(?<kind>[x×!⚠✖]) (?<rule>[\w@/-]{1,60}\([\w/-]{1,100}\)): (?<message>.+)$/],
  ['rustc', /^(?<kind>error|warning)(?:\[(?<rule>E\d{4})\])?: (?<message>.+)$/],
]

function drawnFindings(lines: readonly string[]): LintFailure[] {
  return lines.flatMap((line, i) => {
    const place = PLACE.exec(line.slice(0, 1_000))
    const above = (lines[i - 1] ?? '').slice(0, 8_192).trimEnd()
    if (place === null) return []
    for (const [tool, pattern] of DRAWN) {
      const { rule = 'unknown', message, kind = 'error' } = pattern.exec(above)?.groups ?? {}
      if (message === undefined) continue
      const severity = /^(?:warning|!|⚠)$/.test(kind) ? 'warning' : 'error'
      const at = { line_number: Number(place[2]), column_number: place[3] === undefined ? undefined : Number(place[3]) }
      return [{ tool, rule: rule.replace(/:$/, ''), severity, message, file_path: place[1]!, ...at }]
    }
    return []
  })
}

function findingsOf(text: string): LintFailure[] {
  const plain = withoutColours(text)
  const drawn = drawnFindings(plain.split(/\r?\n/))
  if (drawn.length > 0) return drawn
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

/** What they print where they found nothing. */
const CLEAN =
  /^(?:All checks passed!|Success: no issues found in \d+ source files?|0 issues\.|Found 0 warnings and 0 errors\.|Your code has been rated at 10\.00\/10.*)\s*$/m

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
