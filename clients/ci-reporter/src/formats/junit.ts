import { errorOf, messageOfFile, placeOf } from '../error-text.ts'
import { emptyCounts, type Parsed, ReportFault, type TestFailure, testReport } from '../parsed.ts'
import { type Element, parseXml } from '../xml.ts'
import { errorOfBody } from './junit-body.ts'
import { VITEST_NAME, vitestFailure } from './junit-vitest.ts'
import { lostError } from './pytest.ts'

const FAILED = new Set(['failure', 'error'])
/** Surefire's words for a test that was run again: after these it failed for good, after those it passed. */
const FAILED_AGAIN = new Set(['rerunFailure', 'rerunError'])
const FLAKY = new Set(['flakyFailure', 'flakyError'])

/** node:test gives every test this class, and pytest this suite. */
const NODE_CLASS = 'test'
const PYTEST_SUITE = 'pytest'

interface Suite {
  readonly names: readonly string[]
  readonly file: string | undefined
  readonly isVitest: boolean
}

/** JUnit XML as surefire, pytest, gotestsum, jest-junit, node:test and others write it. */
export function parseJunit(text: string): Parsed {
  const root = parseXml(text)
  if (root.name !== 'testsuites' && root.name !== 'testsuite') {
    throw new ReportFault(`begins with <${root.name.slice(0, 40)}>; JUnit XML with <testsuites> or <testsuite>`)
  }
  const tests = emptyCounts()
  const failures: TestFailure[] = []
  let casesMs = 0
  const walk = (element: Element, above: Suite) => {
    const { name, file } = element.attributes
    const names = element.name === 'testsuite' && name ? [...above.names, name] : above.names
    const suite = { ...above, names, file: file ?? above.file }
    const cases = element.children.filter(child => child.name === 'testcase')
    casesMs += cases.reduce((sum, { attributes }) => sum + milliseconds(attributes.time), 0)
    const tries = triesIn(element, cases)
    for (const child of element.children) {
      const ofTest = tries.get(child)
      if (ofTest === undefined) {
        if (child.name !== 'testcase') walk(child, suite)
        continue
      }
      const { outcome, rows } = readCase(ofTest, suite)
      tests[outcome] += 1
      failures.push(...rows)
    }
  }
  walk(root, { names: [], file: undefined, isVitest: root.attributes.name === VITEST_NAME })
  const topMs = root.children.reduce((sum, { attributes }) => sum + milliseconds(attributes.time), 0)
  const totalMs = milliseconds(root.attributes.time) || Math.max(topMs, casesMs)
  tests.durationMs = Math.min(Math.round(totalMs), 2_147_483_647)
  return testReport(tests, failures)
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
  const isSkipped = last.children.some(({ name }) => name === 'skipped')
  // A failing test that is still to do does not fail a run of node:test, which writes both elements.
  const isTodo = isSkipped && last.children.some(({ attributes }) => attributes.type === 'todo')
  if (isTodo) return { outcome: 'skipped', rows: [] }
  const isPassedLast = tries.length > 1 && !last.children.some(({ name }) => FAILED.has(name))
  const again = isPassedLast ? [] : of(FAILED_AGAIN)
  const faults = failed.length > 0 ? [...failed, ...again] : of(FLAKY)
  // Of vitest several failures of a test are its tries.
  const isRetried = again.length > 0 || failed.length === 0 || (suite.isVitest && failed.length > 1)
  const outcome = failed.length > 0 && !isPassedLast ? 'failed' : isSkipped ? 'skipped' : 'passed'
  const rowOutcome = outcome === 'failed' ? 'failed' : 'passed_on_retry'
  const attemptOf = (one: Element, i: number) =>
    tries.length > 1 ? tries.indexOf(one) + 1 : isRetried ? i + 1 : undefined
  const rows = faults.map(({ one, fault }, i) => failureOf(one, fault, suite, rowOutcome, attemptOf(one, i)))
  if (rows.length === 0) rows.push(...tries.slice(0, -1).map((one, i) => lostTry(one, suite, i + 1)))
  return { outcome, rows }
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
  const read = errorOfBody(body, message, errorName(type))
  const told = errorOf(message || 'failed')
  const test_file = element.attributes.file ?? suite.file
  const place = placeOf(read.error_stack)
  const isBodyBetter = message.trim() === '' || read.isExact || body.includes(message.trim())
  return {
    test_name: name.trim() || 'a test',
    test_file,
    suite_name: suiteName(suite.names, classname),
    error_type: read.error_type ?? told.error_type,
    // The attribute is the message as the runner knows it; the body may begin with anything.
    error_message: messageOfFile(isBodyBetter ? read.error_message : told.error_message, name),
    error_stack: read.error_stack,
    file_path: place.file_path ?? read.file_path ?? test_file,
    line_number: place.line_number ?? read.line_number ?? (/^\d{1,9}$/.test(line ?? '') ? Number(line) : undefined),
    attempt,
    outcome,
  }
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

function milliseconds(seconds: string | undefined): number {
  const value = Number((seconds ?? '').replaceAll(',', ''))
  return Number.isFinite(value) && value > 0 ? value * 1000 : 0
}
