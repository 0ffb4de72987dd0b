import { errorOf, placeOf } from '../error-text.ts'
import type { Parsed, TestFailure } from '../parsed.ts'
import { openTally } from '../tally.ts'
import type { Element, XmlDocument } from '../xml.ts'
import { allOf, attributeCount, only, textIn } from './elements.ts'
import { type FormatDefinition, rootName } from './source.ts'

export const testng: FormatDefinition = {
  fingerprint: 'XML whose root is `<testng-results>`',
  isOf: source => rootName(source) === 'testng-results',
  parse: ({ xml }) => parseTestng(xml!),
}

/** `testng-results.xml`. A configuration method (`@BeforeClass` …) counts where it failed: no test tells it. */
function parseTestng({ roots, faults, isTorn }: XmlDocument): Parsed {
  const tally = openTally()
  const root = roots[0]!
  let outside = 0
  let retried = 0
  for (const ofClass of allOf(roots, 'class')) {
    for (const method of ofClass.children.filter(({ name }) => name === 'test-method')) {
      const { status = '', name = 'a test' } = method.attributes
      const isConfig = method.attributes['is-config'] === 'true'
      const outcome = /^pass$/i.test(status) ? 'passed' : /^skip$/i.test(status) ? 'skipped' : 'failed'
      if (isConfig && outcome !== 'failed') continue
      if (isConfig) outside += 1
      // Of a retry analyzer: the tries before the last one are skipped.
      if (method.attributes.retried === 'true') {
        retried += 1
        tally.add(name, 'skipped')
        continue
      }
      tally.add(name, outcome, outcome === 'failed' ? [failureOf(method, name, ofClass.attributes.name)] : [])
    }
  }
  const of = (name: string) => attributeCount(root, name)
  const total = of('total')
  const failed = of('failed')
  const skipped = of('skipped')
  const durationMs = roots
    .flatMap(one => one.children)
    .reduce((sum, one) => sum + (attributeCount(one, 'duration-ms') ?? 0), 0)
  return tally.close({
    counters: {
      total: total === undefined ? undefined : total + outside,
      passed: of('passed'),
      failed: failed === undefined ? undefined : failed + outside,
      skipped:
        skipped === undefined ? undefined : skipped + (of('ignored') ?? 0) + (of('retried') ?? (retried > 0 ? 0 : 0)),
    },
    durationMs,
    faults,
    isIncomplete: isTorn,
  })
}

function failureOf(method: Element, name: string, suite: string | undefined): TestFailure {
  const exception = only(method, 'exception')
  // TestNG takes the indents of the frames away, by which everybody else knows them.
  const stack = (textIn(exception, 'full-stacktrace') ?? textIn(exception, 'short-stacktrace'))?.replace(
    /^(?=at \S|\.\.\. \d)/gm,
    '\t',
  )
  const message = textIn(exception, 'message')
  const type = exception?.attributes.class
  const read = errorOf(stack ?? message ?? 'failed', type)
  return {
    test_name: name,
    suite_name: suite,
    ...read,
    error_type: type ?? read.error_type,
    error_message: message ?? read.error_message,
    ...placeOf(read.error_stack),
    outcome: 'failed',
  }
}
