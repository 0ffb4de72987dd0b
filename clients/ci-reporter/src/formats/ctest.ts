import type { Counters, Outcome, Parsed, TestFailure } from '../parsed.ts'
import { millisecondsOf } from '../seconds.ts'
import { openTally } from '../tally.ts'
import type { Element } from '../xml.ts'
import { allOf, only, textIn } from './elements.ts'
import { type FormatDefinition, rootName, type Source } from './source.ts'

const LINE =
  /^ *\d+\/(\d+) Test +#\d+: (.{1,300}?) \.*(?: |(?=\*))(?:\*{3})?(Passed|Failed|Skipped|Not Run(?: \(Disabled\))?|Timeout|Exception: .{1,60}?|Could not find executable.*?|Disabled) +(?:(?:[A-Z].*?)? *)?([\d.]+) sec/
const SUMMARY = /^(\d+)% tests passed, (\d+) tests? failed(?:, (\d+) tests? skipped)? out of (\d+)/m

export const ctest: FormatDefinition = {
  fingerprint:
    'XML whose root is `<Site>` with `<Testing>` (`Test.xml`), or the text of ctest: `1/4 Test #1: name … Passed 0.01 sec` or `% tests passed`',
  isOf: source =>
    (rootName(source) === 'Site' && allOf(source.xml!.roots, 'Testing').length > 0) ||
    (source.xml === undefined &&
      source.json === undefined &&
      (SUMMARY.test(source.text) || source.text.split('\n').some(line => LINE.test(line.slice(0, 1_000))))),
  parse: source => (source.xml === undefined ? parseText(source.text) : parseSite(source)),
}

function parseSite({ xml }: Source): Parsed {
  const tally = openTally()
  let durationMs = 0
  for (const one of allOf(xml!.roots, 'Testing')
    .flatMap(({ children }) => children)
    .filter(({ name, attributes }) => name === 'Test' && attributes.Status !== undefined)) {
    const name = textIn(one, 'Name') ?? 'a test'
    const values = new Map(allOf([one], 'NamedMeasurement').map(each => [each.attributes.name, textIn(each, 'Value')]))
    durationMs += millisecondsOf(values.get('Execution Time'))
    const { Status: status = '' } = one.attributes
    const completion = values.get('Completion Status') ?? ''
    // What has no program to run was not skipped on purpose.
    const isSkipped = status === 'notrun' && /^(?:skip|disabled)/i.test(completion)
    const outcome = status === 'passed' ? 'passed' : isSkipped ? 'skipped' : 'failed'
    tally.add(
      name,
      outcome,
      outcome === 'failed' ? [failureOf(name, values.get('Exit Value') ?? completion, outputOf(one))] : [],
    )
  }
  return tally.close({ durationMs, faults: xml!.faults, isIncomplete: xml!.isTorn })
}

function outputOf(one: Element): string {
  return textIn(allOf([one], 'Measurement')[0], 'Value') ?? textIn(only(one, 'Results'), 'Value') ?? ''
}

/** What ctest prints, with `--output-on-failure` also what the test printed. */
function parseText(text: string): Parsed {
  const tally = openTally()
  const lines = text.split(/\r?\n/)
  let planned: number | undefined
  let disabled = 0
  for (const [i, line] of lines.entries()) {
    const match = LINE.exec(line.slice(0, 1_000))
    if (match === null) continue
    const [, total, name, status] = match
    planned = Number(total)
    // ctest leaves these out of its sum.
    if (/Disabled/.test(status!)) disabled += 1
    const outcome: Outcome =
      status === 'Passed' ? 'passed' : /^(?:Skipped|Disabled|Not Run \(Disabled\))/.test(status!) ? 'skipped' : 'failed'
    tally.add(
      name!.trim(),
      outcome,
      outcome === 'failed' ? [failureOf(name!.trim(), status!, saidBelow(lines, i + 1))] : [],
    )
  }
  const duration = /^Total Test time \(real\) = +([\d.]+) sec/m.exec(text)
  const counters = countersOf(text, disabled)
  const isOpen = counters.total === undefined && planned !== tally.cases.length
  const faults = isOpen ? ['ends before the last test did'] : []
  return tally.close({
    counters: counters.total === undefined ? { total: planned } : counters,
    durationMs: millisecondsOf(duration?.[1]),
    faults,
    isIncomplete: isOpen,
  })
}

function countersOf(text: string, disabled: number): Counters {
  const match = SUMMARY.exec(text)
  return match === null ? {} : { failed: Number(match[2]), total: Number(match[4]) + disabled }
}

function saidBelow(lines: readonly string[], start: number): string {
  let end = start
  while (
    end < lines.length &&
    !LINE.test(lines[end]!.slice(0, 1_000)) &&
    !/^ +Start +\d+: |^\d+% tests passed/.test(lines[end]!)
  )
    end++
  return lines.slice(start, end).join('\n').trim()
}

function failureOf(test_name: string, status: string, output: string): TestFailure {
  const place = /^(.{1,500}?):(\d{1,9}):(?:\d+:)? (?:Failure|error|FAILED)/m.exec(output.slice(0, 65_536))
  return {
    test_name,
    error_message: output || status || 'failed',
    file_path: place?.[1],
    line_number: place === null ? undefined : Number(place[2]),
    outcome: 'failed',
  }
}
