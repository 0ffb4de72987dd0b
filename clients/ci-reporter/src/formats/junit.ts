import { errorOf, messageOfFile, placeOf } from '../error-text.ts'
import type { Counters, Parsed, TestFailure } from '../parsed.ts'
import { hasPoint, millisecondsOf } from '../seconds.ts'
import { openTally } from '../tally.ts'
import type { Element, XmlDocument } from '../xml.ts'
import { errorOfBody } from './junit-body.ts'
import { VITEST_NAME, vitestFailure } from './junit-vitest.ts'
import { lostError } from './pytest.ts'
import { type FormatDefinition, rootName } from './source.ts'

const FAILED = new Set(['failure', 'error', 'warning', 'failed'])
const SKIPPED = new Set(['skipped', 'skip', 'ignored', 'disabled', 'pending', 'incomplete', 'notrun'])
/** Surefire's words for a test that was run again: after these it failed for good, after those it passed. */
const FAILED_AGAIN = new Set(['rerunFailure', 'rerunError'])
const FLAKY = new Set(['flakyFailure', 'flakyError'])
/** What googletest, CTest, Bazel and others write in `status` or `result`, with or without an element that says it. */
const STATUS_FAILED = /^(?:fail(?:ed|ure)?|error(?:ed)?|broken|time(?:d[ _]?)?out|crash(?:ed)?|aborted)$/i
const STATUS_SKIPPED =
  /^(?:not[ _]?run|skip(?:ped)?|disabled|pending|suppressed|ignored|inconclusive|not[ _]?executed|blocked|todo)$/i

/** node:test gives every test this class, and pytest this suite. */
const NODE_CLASS = 'test'
const PYTEST_SUITE = 'pytest'

interface Suite {
  readonly names: readonly string[]
  readonly file: string | undefined
  readonly isVitest: boolean
  readonly isGo: boolean
  /** The suite itself was skipped. */
  readonly isSkipped: boolean
}

export const junit: FormatDefinition = {
  fingerprint: 'XML whose root is `<testsuites>`, `<testsuite>` or `<testrun>`',
  isOf: source => ['testsuites', 'testsuite', 'testrun'].includes(rootName(source) ?? ''),
  parse: ({ xml }) => parseJunit(xml!),
}

/** JUnit XML as surefire, pytest, gotestsum, jest-junit, node:test and others write it. */
function parseJunit({ roots, faults, isTorn }: XmlDocument): Parsed {
  const tally = openTally()
  const all = roots.flatMap(root => [root, ...below(root)])
  const isComma = hasPoint(all.map(({ attributes }) => attributes.time))
  const milliseconds = (element: Element) => millisecondsOf(element.attributes.time, isComma)
  let casesMs = 0
  let outside = 0
  let again = 0
  let againFailed = 0
  const walk = (element: Element, above: Suite) => {
    const { name, file } = element.attributes
    const names = element.name === 'testsuite' && name ? [...above.names, name] : above.names
    const isSkipped = above.isSkipped || element.children.some(child => child.name === 'skipped')
    const suite = { ...above, isSkipped, names, file: file ?? above.file, isGo: above.isGo || isGo(element) }
    const cases = element.children.filter(child => child.name === 'testcase' && !isCut(child))
    casesMs += cases.reduce((sum, one) => sum + milliseconds(one), 0)
    const tries = triesIn(element, cases)
    for (const child of element.children) {
      const ofTest = tries.get(child)
      if (ofTest !== undefined) {
        const { outcome, rows } = readCase(ofTest, suite)
        if (suite.isGo) {
          again += ofTest.length - 1
          againFailed += ofTest.filter(isFailedCase).length - (outcome === 'failed' ? 1 : 0)
        }
        tally.add(ofTest[0]!.attributes.name?.trim() || 'a test', outcome, rows)
      } else if (child.name === 'skipped' && cases.length === 0 && element.name === 'testsuite') {
        tally.add(name?.trim() || 'a suite', 'skipped')
      } else if (child.name === 'failure' || child.name === 'error') {
        // A hook of the class, or the class itself, failed: no test tells it.
        outside += 1
        const whole = { ...element, attributes: { ...element.attributes, classname: '' } }
        tally.add(name?.trim() || 'a suite', 'failed', [failureOf(whole, child, above, 'failed', undefined)])
      } else if (child.name !== 'testcase') walk(child, suite)
    }
  }
  for (const root of roots) {
    walk(root, {
      names: [],
      file: undefined,
      isVitest: root.attributes.name === VITEST_NAME,
      isGo: false,
      isSkipped: false,
    })
  }
  const topMs = roots.reduce((sum, root) => sum + (milliseconds(root) || suitesMs(root, milliseconds)), 0)
  const own = countersOf(roots)
  const less = (value: number | undefined, by: number) => (value === undefined ? undefined : value - by)
  // gotestsum counts every try of a test.
  const failed = less(own.failed, againFailed)
  const total = less(own.total, again)
  // Failures outside of tests are among the errors of some tools, and among the tests of none.
  const isOutside = total !== undefined && outside > 0 && total + outside === tally.cases.length
  const isUntold = (failed ?? 0) > tally.cases.filter(({ outcome }) => outcome === 'failed').length
  // Of tests that no suite counts the counters say nothing.
  const counters = roots.some(hasUncounted)
    ? { failed: isUntold ? failed : undefined }
    : { ...own, failed, total: isOutside ? tally.cases.length : total }
  const durationMs = roots.some(root => milliseconds(root) > 0) ? topMs : Math.max(topMs, casesMs)
  return tally.close({ counters, durationMs, faults, isIncomplete: isTorn })
}

function hasUncounted({ name, attributes, children }: Element): boolean {
  const isCounted = attributes.tests !== undefined
  return children.some(child => (child.name === 'testcase' ? !isCounted && name !== 'testcase' : hasUncounted(child)))
}

function isFailedCase(one: Element): boolean {
  return one.children.some(({ name }) => FAILED.has(name))
}

function below(element: Element): Element[] {
  return element.children.flatMap(child => [child, ...below(child)])
}

function suitesMs(root: Element, milliseconds: (element: Element) => number): number {
  return root.children.reduce((sum, child) => sum + milliseconds(child), 0)
}

/** The end of a cut report: what became of this test it does not say, unless it already had failed. */
function isCut(one: Element): boolean {
  return one.isTorn && !isFailedCase(one)
}

const count = (value: string | undefined): number | undefined =>
  value !== undefined && /^\d{1,9}$/.test(value.trim()) ? Number(value) : undefined

function added(...values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter(value => value !== undefined)
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0)
}

type SuiteCounters = Readonly<Record<'total' | 'failures' | 'errors' | 'skipped' | 'disabled', number | undefined>>

/** Of a suite and the suites in it: where the two differ, the larger one holds, as no failure may get lost. */
function suiteCounters(suite: Element): SuiteCounters {
  const { tests, failures, failed, errors, skipped, skip, skips, ignored, disabled } = suite.attributes
  const inner = suite.children.filter(({ name }) => name === 'testsuite').map(suiteCounters)
  const larger = (own: string | undefined, key: keyof SuiteCounters) => {
    const below = added(...inner.map(one => one[key]))
    const above = count(own)
    return above === undefined ? below : Math.max(above, below ?? 0)
  }
  return {
    total: larger(tests, 'total'),
    failures: larger(failures ?? failed, 'failures'),
    errors: larger(errors, 'errors'),
    skipped: larger(skipped ?? skip ?? skips ?? ignored, 'skipped'),
    disabled: larger(disabled, 'disabled'),
  }
}

function countersOf(roots: readonly Element[]): Counters {
  const all = roots.map(suiteCounters)
  const of = (...keys: readonly (keyof SuiteCounters)[]) => added(...all.flatMap(one => keys.map(key => one[key])))
  return { total: of('total'), failed: of('failures', 'errors'), skipped: of('skipped', 'disabled') }
}

/** gotestsum names the version of Go in each suite. */
function isGo(suite: Element): boolean {
  const properties = suite.children.find(({ name }) => name === 'properties')?.children ?? []
  return properties.some(({ attributes }) => attributes.name === 'go.version')
}

/** The tries of each test, by the element that stands for it. */
function triesIn(suite: Element, cases: readonly Element[]): Map<Element, readonly Element[]> {
  if (isGo(suite)) return triesOfGo(cases)
  const { name, tests } = suite.attributes
  if (name === PYTEST_SUITE && cases.length > Number(tests ?? Number.NaN)) return triesOfPytest(cases)
  return new Map(cases.map(one => [one, [one]]))
}

/**
 * pytest-rerunfailures writes a <testcase> for each try, one after the other, and nothing of what the earlier ones threw;
 * the count of the suite has each test once.
 */
function triesOfPytest(cases: readonly Element[]): Map<Element, readonly Element[]> {
  const tries = new Map<Element, readonly Element[]>()
  let earlier: Element[] = []
  for (const [i, one] of cases.entries()) {
    const next = cases[i + 1]?.attributes
    const isSame = next?.name === one.attributes.name && next?.classname === one.attributes.classname
    const isSilent = !one.children.some(({ name }) => FAILED.has(name) || name === 'skipped')
    earlier.push(one)
    if (isSame && isSilent) continue
    tries.set(earlier[0]!, earlier)
    earlier = []
  }
  return tries
}

/**
 * With --rerun-fails gotestsum writes a <testcase> for each try, the failed ones first. Names are unique within a Go
 * package; other tools give two tests one name, so that there nothing may be concluded from it. The key is the first.
 */
function triesOfGo(cases: readonly Element[]): Map<Element, readonly Element[]> {
  const byName = new Map<string, Element[]>()
  for (const one of cases) {
    const name = one.attributes.name ?? ''
    const same = byName.get(name)
    if (same === undefined) byName.set(name, [one])
    else same.push(one)
  }
  return new Map([...byName.values()].map(tries => [tries[0]!, tries]))
}

interface CaseResult {
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly rows: readonly TestFailure[]
}

/** The tries of one test; all tools but gotestsum and pytest write them into a single element. */
function readCase(tries: readonly Element[], suite: Suite): CaseResult {
  const last = tries.at(-1)!
  const of = (names: ReadonlySet<string>) =>
    tries.flatMap(one => one.children.filter(child => names.has(child.name)).map(fault => ({ one, fault })))
  const failed = of(FAILED)
  const isSkipped =
    suite.isSkipped || last.children.some(({ name }) => SKIPPED.has(name)) || hasStatus(last, STATUS_SKIPPED)
  // A failing test that is still to do does not fail a run of node:test, which writes both elements.
  const isTodo = isSkipped && last.children.some(({ attributes }) => attributes.type === 'todo')
  if (isTodo) return { outcome: 'skipped', rows: [] }
  const isPassedLast = tries.length > 1 && !last.children.some(({ name }) => FAILED.has(name))
  const again = isPassedLast ? [] : of(FAILED_AGAIN)
  const faults = failed.length > 0 ? [...failed, ...again] : of(FLAKY)
  // Of vitest several failures of a test are its tries.
  const isRetried = again.length > 0 || failed.length === 0 || (suite.isVitest && failed.length > 1)
  const isFailed = (failed.length > 0 && !isPassedLast) || (!isSkipped && hasStatus(last, STATUS_FAILED))
  const outcome = isFailed ? 'failed' : isSkipped ? 'skipped' : 'passed'
  const rowOutcome = outcome === 'failed' ? 'failed' : 'passed_on_retry'
  const attemptOf = (one: Element, i: number) =>
    tries.length > 1 ? tries.indexOf(one) + 1 : isRetried ? i + 1 : undefined
  const rows = faults.map(({ one, fault }, i) => failureOf(one, fault, suite, rowOutcome, attemptOf(one, i)))
  if (rows.length === 0 && isFailed)
    rows.push(failureOf(last, { ...last, name: 'failure', children: [], text: '' }, suite, 'failed', undefined))
  if (rows.length === 0) rows.push(...tries.slice(0, -1).map((one, i) => lostTry(one, suite, i + 1)))
  return { outcome, rows }
}

function hasStatus({ attributes: { status, result, outcome } }: Element, pattern: RegExp): boolean {
  return [status, result, outcome].some(value => value !== undefined && pattern.test(value.trim()))
}

function lostTry({ attributes }: Element, suite: Suite, attempt: number): TestFailure {
  return {
    test_name: attributes.name?.trim() || 'a test',
    test_file: attributes.file ?? suite.file,
    suite_name: suiteName(suite.names, attributes.classname),
    error_message: lostError(attributes.name?.trim() || 'a test'),
    attempt,
    outcome: 'passed_on_retry',
  }
}

function failureOf(
  element: Element,
  fault: Element,
  suite: Suite,
  outcome: TestFailure['outcome'],
  attempt: number | undefined,
): TestFailure {
  if (suite.isVitest) return { ...vitestFailure(element, fault), attempt, outcome }
  const { name = '', classname, line } = element.attributes
  const { message = '', type } = fault.attributes
  const body = fault.children.find(child => child.name === 'stackTrace')?.text ?? fault.text
  const test_file = element.attributes.file ?? suite.file
  const said = isGeneric(message) ? '' : message
  const read = errorOfBody(body, said || message, errorName(type), suite.isGo)
  const told = errorOf(said || message || 'failed')
  const place = placeOf(read.error_stack)
  const isBodyBetter = said.trim() === '' || read.isExact || body.includes(said.trim())
  return {
    test_name: name.trim() || 'a test',
    test_file,
    suite_name: suiteName(suite.names, classname),
    error_type: read.error_type ?? told.error_type,
    // The attribute is the message as the runner knows it; the body may begin with anything.
    error_message: messageOfFile(isBodyBetter ? read.error_message : joined(told.error_message, body), name),
    error_stack: read.error_stack,
    file_path: place.file_path ?? read.file_path ?? test_file,
    line_number: place.line_number ?? read.line_number ?? (/^\d{1,9}$/.test(line ?? '') ? Number(line) : undefined),
    attempt,
    outcome,
  }
}

/** What a tool writes of every failure; what tells this one from another is in the body. */
function isGeneric(message: string): boolean {
  return /^(?:test(?:case)? )?(?:fail(?:ed|ure)?|errors?)[.!]?$/i.test(message.trim())
}

/** A body of one line is no stack, and may be all that tells two failures apart. */
function joined(message: string, body: string): string {
  const line = body.trim()
  return line === '' || line.includes('\n') || message.includes(line) ? message : `${message}\n${line}`
}

/** The class is the better name where the tool gives all tests one suite, and none where it gives all one class. */
function suiteName(names: readonly string[], classname: string | undefined): string | undefined {
  const ofClass = classname === NODE_CLASS ? undefined : classname?.trim()
  return (names.join(' > ') === PYTEST_SUITE && ofClass) || names.join(' > ') || ofClass || undefined
}

/** Some write a category instead of an error's name: node:test's are of one word that begins small. */
function errorName(type: string | undefined): string | undefined {
  return type !== undefined && /(?:Error|Exception|Failure)$/.test(type) && !/^[a-z]\w*$/.test(type) ? type : undefined
}
