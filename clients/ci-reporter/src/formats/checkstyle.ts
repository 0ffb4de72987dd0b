import { countOf } from '../json.ts'
import { type LintFailure, lintReport } from '../parsed.ts'
import { allOf } from './elements.ts'
import { type FormatDefinition, rootName } from './source.ts'

export const checkstyle: FormatDefinition = {
  fingerprint: 'XML whose root is `<checkstyle>`; the `source` of a finding tells the tool where it has one',
  isOf: source => rootName(source) === 'checkstyle',
  parse: ({ xml }) => {
    const files = allOf(xml!.roots, 'file')
    const lint = files.flatMap(file =>
      file.children
        .filter(({ name }) => name === 'error' || name === 'exception')
        .map(({ name, attributes, text }) =>
          findingOf(file.attributes.name, name === 'error' ? attributes : { message: text.trim(), severity: 'error' }),
        ),
    )
    return { ...lintReport(lint, xml!.faults), ...(xml!.isTorn ? { isIncomplete: true } : {}) }
  },
}

/** `com.puppycrawl.tools.checkstyle.checks.X`, `eslint.rules.x`, `PHPStan`, `Squiz.Arrays.X`: each writes it in its way. */
function findingOf(file: string | undefined, attributes: Readonly<Record<string, string>>): LintFailure {
  const { source = '', severity = 'error', message, line, column } = attributes
  const isEslint = source.startsWith('eslint.rules.')
  const isJava = source.startsWith('com.puppycrawl.tools.checkstyle.')
  return {
    tool: isEslint ? 'eslint' : 'checkstyle',
    rule:
      (isEslint ? source.slice('eslint.rules.'.length) : isJava ? source.slice(source.lastIndexOf('.') + 1) : source) ||
      'unknown',
    severity: severity === 'warning' ? 'warning' : severity === 'info' || severity === 'ignore' ? 'info' : 'error',
    message: message || 'no message',
    file_path: file || 'unknown',
    line_number: countOf(Number(line ?? Number.NaN)) || undefined,
    column_number: countOf(Number(column ?? Number.NaN)) || undefined,
  }
}
