import { countOf, isObject, type JsonObject, objects, textOf, texts } from '../json.ts'
import type { Outcome, Parsed, TestFailure } from '../parsed.ts'
import { millisecondsOf } from '../seconds.ts'
import { openTally } from '../tally.ts'
import type { FormatDefinition } from './source.ts'

export const rspec: FormatDefinition = {
  fingerprint: 'JSON with `examples` and a `summary` that has an `example_count`',
  isOf: ({ json }) =>
    isObject(json) && Array.isArray(json.examples) && isObject(json.summary) && 'example_count' in json.summary,
  parse: ({ json }) => parseRspec(json as JsonObject), // as isOf said
}

/** `rspec --format json`. What is raised outside of examples, such as a file that does not load, is a failure. */
function parseRspec(report: JsonObject): Parsed {
  const tally = openTally()
  for (const one of objects(report.examples)) {
    const name = textOf(one.full_description) ?? textOf(one.description) ?? textOf(one.id) ?? 'an example'
    const outcome: Outcome = one.status === 'passed' ? 'passed' : one.status === 'pending' ? 'skipped' : 'failed'
    tally.add(name, outcome, outcome === 'failed' ? [failureOf(one, name)] : [])
  }
  const summary = isObject(report.summary) ? report.summary : {}
  const outside = countOf(summary.errors_outside_of_examples_count) ?? 0
  const raised = texts(report.messages).filter(text => text.includes('An error occurred'))
  for (let i = 0; i < outside; i++) {
    const test_name = `outside of examples${outside > 1 ? ` ${i + 1}` : ''}`
    tally.add(test_name, 'failed', [errorOutside(test_name, raised[i])])
  }
  const examples = countOf(summary.example_count)
  const failures = countOf(summary.failure_count)
  return tally.close({
    counters: {
      total: examples === undefined ? undefined : examples + outside,
      failed: failures === undefined ? undefined : failures + outside,
      skipped: countOf(summary.pending_count),
    },
    durationMs: millisecondsOf(String(summary.duration ?? '')),
  })
}

/** `./lib/cart.rb:8:in `total'`; gems and Ruby itself are the way to the failure. */
const FRAME = /^(\S.*?\.rb):(\d{1,9})(?::in .*)?$/
const FOREIGN = /\/(?:gems|rubygems|ruby\/\d)[^:]*\//

function failureOf(one: JsonObject, name: string): TestFailure {
  const exception = isObject(one.exception) ? one.exception : {}
  const type = textOf(exception.class)
  const message = (textOf(exception.message) ?? 'failed').trim()
  const frames = texts(exception.backtrace)
  const own = FRAME.exec(frames.find(line => FRAME.test(line) && !FOREIGN.test(line)) ?? '')
  const description = textOf(one.description) ?? name
  return {
    test_name: name,
    test_file: textOf(one.file_path),
    suite_name: name.endsWith(description) ? name.slice(0, -description.length).trim() || undefined : undefined,
    error_type: type,
    error_message: message,
    // As Ruby prints it: the message, the type behind it, then the frames, the innermost first.
    error_stack:
      frames.length === 0
        ? undefined
        : `${frames[0]}: ${message} (${type ?? 'RuntimeError'})\n${frames
            .slice(1)
            .map(line => `\tfrom ${line}`)
            .join('\n')}`.trim(),
    file_path: own?.[1] ?? textOf(one.file_path),
    line_number: own === null ? countOf(one.line_number) : Number(own[2]),
    outcome: 'failed',
  }
}

/** `LoadError:\n  cannot load such file -- x\n# ./spec/x_spec.rb:1:in …` */
function errorOutside(test_name: string, text = ''): TestFailure {
  const told = /^([A-Z][\w:]{0,200}):\n((?: {2}.*\n?)+)/m.exec(text.slice(0, 65_536))
  const place = /^# (\S.*?\.rb):(\d{1,9})/m.exec(text.slice(0, 65_536))
  return {
    test_name,
    error_type: told?.[1],
    error_message: told?.[2]?.replace(/^ {2}/gm, '').trim() || text.trim() || 'an error outside of examples',
    file_path: place?.[1],
    line_number: place === null ? undefined : Number(place[2]),
    outcome: 'failed',
  }
}
