import { emptyCounts, errorOf, type Parsed, placeOf, ReportFault, type TestFailure } from '../parsed.ts'
import { type Element, parseXml } from '../xml.ts'

const FAILED = new Set(['failure', 'error'])
/** Surefire's words for a test that was run again: after these it failed for good, after those it passed. */
const FAILED_AGAIN = new Set(['rerunFailure', 'rerunError'])
const FLAKY = new Set(['flakyFailure', 'flakyError'])

/** JUnit XML as surefire, pytest, gotestsum, jest-junit, node:test and others write it. */
export function parseJunit(text: string): Parsed {
  const root = parseXml(text)
  if (root.name !== 'testsuites' && root.name !== 'testsuite') {
    throw new ReportFault(`begins with <${root.name}>; JUnit XML begins with <testsuites> or <testsuite>`)
  }
  const tests = emptyCounts()
  const failures: TestFailure[] = []
  let casesMs = 0
  const walk = (element: Element, suites: readonly string[], file: string | undefined) => {
    if (element.name === 'testcase') {
      casesMs += milliseconds(element.attributes.time)
      readCase(element, suites, file, tests, failures)
      return
    }
    const name = element.attributes.name
    const below = element.name === 'testsuite' && name ? [...suites, name] : suites
    for (const child of element.children) walk(child, below, element.attributes.file ?? file)
  }
  walk(root, [], undefined)
  tests.durationMs = Math.round(milliseconds(root.attributes.time) || casesMs)
  return { tests, failures, lint: [] }
}

function readCase(
  element: Element,
  suites: readonly string[],
  file: string | undefined,
  tests: ReturnType<typeof emptyCounts>,
  failures: TestFailure[],
): void {
  const failed = element.children.filter(({ name }) => FAILED.has(name))
  const again = element.children.filter(({ name }) => FAILED_AGAIN.has(name))
  const flaky = element.children.filter(({ name }) => FLAKY.has(name))
  const add = (fault: Element, outcome: TestFailure['outcome'], attempt: number | undefined): void => {
    failures.push(failureOf(element, fault, suites, file, outcome, attempt))
  }
  if (failed.length > 0) {
    tests.failed += 1
    // The runs of one test: each failed in its own way, and each is a row.
    const runs = [...failed.slice(0, 1), ...again]
    for (const [i, fault] of runs.entries()) add(fault, 'failed', runs.length > 1 ? i + 1 : undefined)
  } else if (element.children.some(({ name }) => name === 'skipped')) tests.skipped += 1
  else {
    tests.passed += 1
    for (const [i, fault] of flaky.entries()) add(fault, 'passed_on_retry', i + 1)
  }
}

function failureOf(
  element: Element,
  fault: Element,
  suites: readonly string[],
  file: string | undefined,
  outcome: TestFailure['outcome'],
  attempt: number | undefined,
): TestFailure {
  const { name = 'a test', classname, line } = element.attributes
  const message = fault.attributes.message ?? ''
  const stackTrace = fault.children.find(child => child.name === 'stackTrace')?.text
  const body = causeOf(stackTrace ?? fault.text)
  const type = fault.attributes.type
  const read = errorOf(body.trim() || message || 'failed', errorName(type))
  const told = errorOf(message || 'failed')
  const test_file = element.attributes.file ?? file
  const place = placeOf(read.error_stack)
  return {
    test_name: name,
    test_file,
    suite_name: suites.join(' > ') || classname || undefined,
    error_type: read.error_type ?? told.error_type,
    // The attribute is the message as the runner knows it; the body may begin with anything.
    error_message:
      message.trim() === '' || body.trim().includes(message.trim()) ? read.error_message : told.error_message,
    error_stack: read.error_stack ?? (body.includes('\n') ? body.trim().slice(0, 16_384) : undefined),
    file_path: place.file_path ?? test_file,
    line_number: place.line_number ?? (line === undefined || !/^\d+$/.test(line) ? undefined : Number(line)),
    attempt,
    outcome,
  }
}

/** node:test prints a wrapper around what was thrown; the cause is the error itself, indented. */
function causeOf(text: string): string {
  const match = /\n {2}cause: ([\s\S]*?)(?: \{\n[\s\S]*)?\n\}\s*$/.exec(text)
  if (match === null || !text.includes('ERR_TEST_FAILURE')) return text
  return match[1]!.replaceAll('\n  ', '\n').replace(/^(\w+) \[\w+\]:/, '$1:')
}

/** Some write a category instead of an error's name. */
function errorName(type: string | undefined): string | undefined {
  return type !== undefined && /(?:Error|Exception|Failure)$/.test(type) && type !== 'testCodeFailure'
    ? type
    : undefined
}

function milliseconds(seconds: string | undefined): number {
  const value = Number((seconds ?? '').replaceAll(',', ''))
  return Number.isFinite(value) && value > 0 ? value * 1000 : 0
}
