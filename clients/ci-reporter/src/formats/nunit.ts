import { errorOf } from '../error-text.ts'
import type { Counters, Outcome, Parsed } from '../parsed.ts'
import { millisecondsOf } from '../seconds.ts'
import { openTally } from '../tally.ts'
import type { Element, XmlDocument } from '../xml.ts'
import { dotnetFailure } from './dotnet.ts'
import { attributeCount, only, textIn } from './elements.ts'
import { type FormatDefinition, rootName } from './source.ts'

export const nunit: FormatDefinition = {
  fingerprint: 'XML whose root is `<test-run>` (NUnit 3) or `<test-results>` (NUnit 2)',
  isOf: source => ['test-run', 'test-results'].includes(rootName(source) ?? ''),
  parse: ({ xml }) => parseNunit(xml!),
}

const SKIPPED = /^(?:skipped|ignored|inconclusive|explicit|notrunnable|not ?run)$/i

function parseNunit({ roots, faults, isTorn }: XmlDocument): Parsed {
  const tally = openTally()
  const root = roots[0]!
  const walk = (element: Element, names: readonly string[], fixture?: Element): boolean => {
    let hasFailed = false
    for (const child of element.children) {
      const { name, fullname, classname, duration, time } = child.attributes
      if (child.name === 'test-case') {
        if (child.isTorn && only(child, 'failure') === undefined) continue
        const outcome = outcomeOf(child)
        // Of NUnit 2 a test says no more than that the set-up of its fixture failed, and the fixture says why.
        const teller = SET_UP.test(textIn(only(child, 'failure'), 'message') ?? '') ? (fixture ?? child) : child
        const rows =
          outcome === 'failed' ? [failureOf(teller, name ?? fullname ?? 'a test', classname ?? names.join('.'))] : []
        hasFailed ||= outcome === 'failed'
        durationMs += millisecondsOf(duration ?? time)
        tally.add(name ?? fullname ?? 'a test', outcome, rows)
      } else if (child.name === 'test-suite' || child.name === 'results') {
        const inner = name === undefined || child.attributes.type === 'Assembly' ? names : [...names, name]
        const isInside = walk(child, inner, only(child, 'failure') === undefined ? fixture : child)
        hasFailed ||= isInside
        // A one-time set-up or tear-down: the tests below tell nothing of it.
        const isOwn =
          child.name === 'test-suite' &&
          only(child, 'failure') !== undefined &&
          /^(?:SetUp|TearDown)$/i.test(child.attributes.site ?? '')
        if (!isOwn || (child.attributes.site === 'SetUp' && isInside)) continue
        outside += 1
        hasFailed = true
        tally.add(name ?? 'a fixture', 'failed', [failureOf(child, name ?? 'a fixture', names.join('.'))])
      }
    }
    return hasFailed
  }
  let durationMs = 0
  let outside = 0
  walk(root, [])
  const counters = countersOf(root, outside)
  const failed = tally.cases.some(one => one.outcome === 'failed') || (counters.failed ?? 0) > 0
  if (/^failed$/i.test(root.attributes.result ?? '') && !failed) {
    tally.add('the run', 'failed', [failureOf(root, 'the run', undefined)])
    return tally.close({ durationMs, faults, isIncomplete: isTorn })
  }
  return tally.close({
    counters,
    durationMs: millisecondsOf(root.attributes.duration) || durationMs,
    faults,
    isIncomplete: isTorn,
  })
}

const SET_UP = /^\s*(?:TestFixture|OneTime)SetUp failed in /

function outcomeOf({ attributes: { result, success, executed }, children }: Element): Outcome {
  const failure = children.find(({ name }) => name === 'failure')
  // pytest-nunit writes the element for every test: of those that passed it is empty, of the others it says why.
  if (failure !== undefined && !SKIPPED.test(result ?? '')) {
    if (!/^passed$/i.test(result ?? '') || textIn(failure, 'message') !== undefined) return 'failed'
  }
  if (result === undefined) return executed === 'False' ? 'skipped' : success === 'True' ? 'passed' : 'failed'
  if (/^(?:passed|success|warning)$/i.test(result)) return 'passed'
  return SKIPPED.test(result) ? 'skipped' : 'failed'
}

function failureOf(element: Element, name: string, suite: string | undefined) {
  const failure = only(element, 'failure')
  const message = textIn(failure, 'message')
  const row = dotnetFailure(name, suite || undefined, message, textIn(failure, 'stack-trace'))
  return message === undefined
    ? { ...row, error_message: errorOf(element.attributes.label ?? 'failed').error_message }
    : row
}

function countersOf(root: Element, outside: number): Counters {
  const of = (name: string) => attributeCount(root, name)
  const more = (value: number | undefined) => (value === undefined ? undefined : value + outside)
  if (root.name === 'test-results') {
    const failures = of('failures')
    const total = of('total')
    const unrun = of('not-run') ?? 0
    return {
      // Of NUnit 2 the total has only what ran, the inconclusive among it.
      total: total === undefined ? undefined : total + unrun + outside,
      failed: failures === undefined ? undefined : failures + (of('errors') ?? 0) + outside,
    }
  }
  const skipped = of('skipped')
  return {
    total: more(of('total') ?? of('testcasecount')),
    passed: added(of('passed'), of('warnings')),
    failed: more(of('failed')),
    skipped: skipped === undefined ? undefined : skipped + (of('inconclusive') ?? 0),
  }
}

function added(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? undefined : one + (other ?? 0)
}
