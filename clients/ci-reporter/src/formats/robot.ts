import type { Counters, Parsed } from '../parsed.ts'
import { openTally } from '../tally.ts'
import type { Element, XmlDocument } from '../xml.ts'
import { allOf, attributeCount, only } from './elements.ts'
import { type FormatDefinition, rootName } from './source.ts'

export const robot: FormatDefinition = {
  fingerprint: 'XML whose root is `<robot>`',
  isOf: source => rootName(source) === 'robot',
  parse: ({ xml }) => parseRobot(xml!),
}

/** Robot Framework's `output.xml`, of versions 3 to 7. */
function parseRobot({ roots, faults, isTorn }: XmlDocument): Parsed {
  const tally = openTally()
  const root = roots[0]!
  let durationMs = 0
  const walk = (suite: Element, names: readonly string[]) => {
    for (const child of suite.children) {
      const name = child.attributes.name ?? 'a test'
      if (child.name === 'suite') walk(child, [...names, name])
      if (child.name !== 'test') continue
      const status = only(child, 'status')
      if (status === undefined) continue
      durationMs += Number(status.attributes.elapsed ?? 0) * 1_000 || 0
      const how = status.attributes.status ?? 'FAIL'
      const outcome = how === 'PASS' ? 'passed' : how === 'SKIP' || how === 'NOT RUN' ? 'skipped' : 'failed'
      const line = attributeCount(child, 'line')
      const error_message = status.text.trim() || 'failed'
      const row = {
        test_name: name,
        suite_name: names.join(' > ') || undefined,
        test_file: suite.attributes.source,
        file_path: suite.attributes.source,
      }
      tally.add(name, outcome, outcome === 'failed' ? [{ ...row, line_number: line, error_message, outcome }] : [])
    }
  }
  walk(root, [])
  return tally.close({ counters: countersOf(root), durationMs, faults, isIncomplete: isTorn })
}

function countersOf(root: Element): Counters {
  const all = allOf(root.children, 'total').flatMap(({ children }) => children)
  // Older versions count critical tests apart, and the line of all tests is the last one.
  const stat = all.filter(({ name }) => name === 'stat').at(-1)
  if (stat === undefined) return {}
  const [passed, failed, skipped] = ['pass', 'fail', 'skip'].map(name => attributeCount(stat, name))
  return {
    passed,
    failed,
    skipped,
    total: passed === undefined || failed === undefined ? undefined : passed + failed + (skipped ?? 0),
  }
}
