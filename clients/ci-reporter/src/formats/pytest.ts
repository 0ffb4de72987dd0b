import {
  countOf,
  emptyCounts,
  errorOf,
  isObject,
  objects,
  type Parsed,
  parseJson,
  ReportFault,
  type TestFailure,
  textOf,
} from '../parsed.ts'

/** pytest-json-report. With pytest-rerunfailures, a try that failed has the outcome `rerun`. */
export function parsePytest(text: string): Parsed {
  const report = parseJson(text)
  if (!isObject(report) || !Array.isArray(report.tests)) {
    throw new ReportFault('has no tests: make it with `pytest --json-report` (plugin pytest-json-report)')
  }
  const tests = emptyCounts()
  tests.durationMs = typeof report.duration === 'number' ? Math.round(report.duration * 1000) : 0
  const failures: TestFailure[] = []
  const tries = new Map<string, number>()
  const all = objects(report.tests)
  const passed = new Set(all.filter(({ outcome }) => outcome === 'passed').map(({ nodeid }) => nodeid))
  for (const one of all) {
    const id = textOf(one.nodeid) ?? 'a test'
    const attempt = (tries.get(id) ?? 0) + 1
    tries.set(id, attempt)
    const { outcome } = one
    if (outcome === 'passed' || outcome === 'xfailed') tests.passed += 1
    else if (outcome === 'failed' || outcome === 'error' || outcome === 'xpassed') tests.failed += 1
    else if (outcome !== 'rerun') tests.skipped += 1
    if (outcome !== 'failed' && outcome !== 'error' && outcome !== 'xpassed' && outcome !== 'rerun') continue
    const isPassed = outcome === 'rerun' && passed.has(one.nodeid)
    failures.push(failureOf(one, id, attempt, isPassed ? 'passed_on_retry' : 'failed'))
  }
  for (const collector of objects(report.collectors).filter(({ outcome }) => outcome === 'failed')) {
    tests.failed += 1
    const name = textOf(collector.nodeid) ?? 'a test file'
    failures.push({
      test_name: name,
      test_file: name,
      outcome: 'failed',
      ...errorOf(textOf(collector.longrepr) ?? 'the file did not load'),
    })
  }
  return { tests, failures, lint: [] }
}

function failureOf(
  one: Readonly<Record<string, unknown>>,
  id: string,
  attempt: number,
  outcome: TestFailure['outcome'],
): TestFailure {
  const [file, ...names] = id.split('::')
  const phase = [one.call, one.setup, one.teardown]
    .filter(isObject)
    .find(({ outcome: o }) => o === 'failed' || o === 'error' || o === 'rerun')
  const crash = isObject(phase?.crash) ? phase.crash : {}
  const message = textOf(crash.message) ?? textOf(phase?.longrepr) ?? 'failed'
  const stack = textOf(phase?.longrepr)
  const read = errorOf(message)
  return {
    test_name: names.join('::') || id,
    test_file: file,
    suite_name: names.slice(0, -1).join('::') || undefined,
    error_type: read.error_type,
    error_message: read.error_message,
    error_stack: stack?.slice(0, 16_384),
    file_path: textOf(crash.path) ?? file,
    line_number: countOf(crash.lineno) ?? countOf(one.lineno),
    attempt: attempt > 1 || outcome === 'passed_on_retry' ? attempt : undefined,
    outcome,
  }
}
