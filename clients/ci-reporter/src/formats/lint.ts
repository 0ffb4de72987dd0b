import {
  countOf,
  cut,
  isObject,
  type LintFailure,
  objects,
  type Parsed,
  parseJson,
  ReportFault,
  textOf,
} from '../parsed.ts'

const MAX_MESSAGE_CHARS = 4_096

function linted(lint: readonly LintFailure[]): Parsed {
  return { tests: undefined, failures: [], lint }
}

/** `a.ts(3,7): error TS2322: …` and, with colours off or on, `a.ts:3:7 - error TS2322: …`; indented lines go on with it. */
const TSC = /^(.+?)(?:\((\d+),(\d+)\): |:(\d+):(\d+) - )(error|warning|message) (TS\d+): (.*)$/

export function parseTsc(text: string): Parsed {
  const lint: LintFailure[] = []
  let isOpen = false
  const ansi = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')
  for (const line of text.replaceAll(ansi, '').split(/\r?\n/)) {
    const match = TSC.exec(line)
    if (match !== null) {
      const [, file, line1, column1, line2, column2, severity, code, message] = match
      lint.push({
        tool: 'tsc',
        rule: code!,
        severity: severity === 'message' ? 'info' : (severity as 'error' | 'warning'), // the pattern's words
        message: message!,
        file_path: file!,
        line_number: Number(line1 ?? line2),
        column_number: Number(column1 ?? column2),
      })
      isOpen = true
    } else if (isOpen && /^ {2}\S/.test(line)) {
      const last = lint.at(-1)!
      lint[lint.length - 1] = { ...last, message: cut(`${last.message}\n${line}`, MAX_MESSAGE_CHARS) }
    } else isOpen = false
  }
  return linted(lint)
}

/** `eslint --format json`. */
export function parseEslint(text: string): Parsed {
  const report = parseJson(text)
  if (!Array.isArray(report)) throw new ReportFault('is not the array that `eslint --format json` writes')
  return linted(
    objects(report).flatMap(file =>
      objects(file.messages).map(
        (message): LintFailure => ({
          tool: 'eslint',
          // What could not be parsed has no rule.
          rule: textOf(message.ruleId) ?? 'parse-error',
          severity: message.severity === 2 ? 'error' : 'warning',
          message: cut(textOf(message.message) ?? 'no message', MAX_MESSAGE_CHARS),
          file_path: textOf(file.filePath) ?? 'unknown',
          line_number: countOf(message.line),
          column_number: countOf(message.column),
        }),
      ),
    ),
  )
}

const BIOME_SEVERITIES: Readonly<Record<string, LintFailure['severity']>> = {
  fatal: 'error',
  error: 'error',
  warning: 'warning',
  information: 'info',
  hint: 'info',
}

/** `biome check --reporter=json`, as version 2 writes it. */
export function parseBiome(text: string): Parsed {
  // Older releases print a notice before the JSON.
  const start = text.indexOf('{')
  const report = parseJson(start < 0 ? text : text.slice(start))
  if (!isObject(report) || !Array.isArray(report.diagnostics)) {
    throw new ReportFault('has no diagnostics: make it with `biome check --reporter=json`')
  }
  return linted(
    objects(report.diagnostics).map((one): LintFailure => {
      const location = isObject(one.location) ? one.location : {}
      const start = isObject(location.start) ? location.start : {}
      const path = isObject(location.path) ? location.path.file : location.path
      return {
        tool: 'biome',
        rule: textOf(one.category) ?? 'unknown',
        severity: BIOME_SEVERITIES[String(one.severity)] ?? 'error',
        message: cut(textOf(one.message) ?? textOf(one.description) ?? 'no message', MAX_MESSAGE_CHARS),
        file_path: textOf(path) ?? 'unknown',
        line_number: countOf(start.line),
        column_number: countOf(start.column),
      }
    }),
  )
}
