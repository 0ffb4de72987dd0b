import {
  attributeOf,
  edgeRecord,
  edgeResource,
  edgeScope,
  type Json,
  presentAttributes,
  SEVERITIES,
  unixNanoOf,
} from '../../pipeline/edge/record.ts'
import type { AttributeValue, LogRecord, Resource } from '../../pipeline/model/index.ts'
import type { BuildEvent, CiReport, CiRun, CiRunReference, LintFailure, TestFailure } from './report.ts'

const SCOPE = edgeScope('sensorium.ci')

/** A report as log records named `ci.test_run`, `ci.test_failure`, `ci.lint_failure` and `ci.build_event`. */
export function recordsOf(report: CiReport, requestId: string, receivedUnixNano: bigint): LogRecord[] {
  const { run } = report
  const origin = run ?? report.run_reference
  const records: LogRecord[] = []
  if (run !== undefined) records.push(runRecord(run, receivedUnixNano))
  if (origin !== undefined) {
    for (const failure of report.test_failures) records.push(testFailureRecord(failure, origin, receivedUnixNano))
    for (const failure of report.lint_failures) records.push(lintFailureRecord(failure, origin, receivedUnixNano))
  }
  report.build_events.forEach((event, i) => {
    records.push(buildEventRecord(event, origin, `${requestId}/${i}`, receivedUnixNano))
  })
  return records
}

function runRecord(run: CiRun, receivedUnixNano: bigint): LogRecord {
  const { passed_tests: passed, failed_tests: failed, skipped_tests: skipped } = run
  const outcome = run.outcome ?? (failed > 0 ? 'failed' : 'passed')
  const isKnown = outcome === 'passed' || outcome === 'failed'
  return edgeRecord({
    ...ofRun(run, receivedUnixNano),
    ...(outcome === 'passed' ? SEVERITIES.info : SEVERITIES.warn),
    body: `test run: ${passed} passed, ${failed} failed, ${skipped} skipped${isKnown ? '' : `, ${outcome}`}`,
    attributes: present({
      ...runAttributes(run),
      'ci.attempt': run.attempt,
      'ci.node_version': run.node_version,
      'ci.package_manager': run.package_manager,
      'ci.pnpm_version': run.pnpm_version,
      'ci.lockfile_hash': run.lockfile_hash,
      'ci.provider': run.ci_provider,
      'ci.tests.total': run.total_tests,
      'ci.tests.passed': passed,
      'ci.tests.failed': failed,
      'ci.tests.skipped': skipped,
      'ci.duration_ms': run.duration_ms,
      'ci.outcome': outcome,
      'ci.metadata': run.metadata,
    }),
    eventName: 'ci.test_run',
  })
}

/** With `exception.*`, so that it has the fingerprint of the same error in production. */
function testFailureRecord(failure: TestFailure, run: CiRunReference, receivedUnixNano: bigint): LogRecord {
  return edgeRecord({
    ...ofRun(run, receivedUnixNano),
    ...(failure.outcome === 'failed' ? SEVERITIES.error : SEVERITIES.warn),
    body: `${failure.test_name}: ${failure.error_message}`,
    attributes: present({
      ...runAttributes(run),
      'ci.attempt': failure.attempt ?? run.attempt,
      'test.case.name': failure.test_name,
      'test.suite.name': failure.suite_name,
      'test.file': failure.test_file,
      'test.outcome': failure.outcome,
      'exception.type': failure.error_type,
      'exception.message': failure.error_message,
      'exception.stacktrace': failure.error_stack,
      'code.file.path': failure.file_path,
      'code.line.number': failure.line_number,
    }),
    eventName: 'ci.test_failure',
  })
}

const LINT_SEVERITIES = { error: SEVERITIES.error, warning: SEVERITIES.warn, info: SEVERITIES.info }

function lintFailureRecord(failure: LintFailure, run: CiRunReference, receivedUnixNano: bigint): LogRecord {
  return edgeRecord({
    ...ofRun(run, receivedUnixNano),
    ...LINT_SEVERITIES[failure.severity],
    body: failure.message,
    attributes: present({
      ...runAttributes(run),
      'lint.tool': failure.tool,
      'lint.rule': failure.rule,
      'lint.severity': failure.severity,
      'lint.source': failure.source,
      'code.file.path': failure.file_path,
      'code.line.number': failure.line_number,
      'code.column.number': failure.column_number,
    }),
    eventName: 'ci.lint_failure',
  })
}

/** `eventId` is for an event that has no id of its own. */
export function buildEventRecord(
  event: BuildEvent,
  run: CiRunReference | undefined,
  eventId: string,
  receivedUnixNano: bigint,
): LogRecord {
  const repository = event.repository ?? run?.repository ?? ''
  const when = event.timestamp ?? event.completed_at ?? event.started_at
  const isFailure = event.status === 'failure'
  return edgeRecord({
    resource: resourceOf(repository, event.environment ?? (event.event_type.startsWith('deploy') ? 'unknown' : 'ci')),
    scope: SCOPE,
    timeUnixNano: when ? unixNanoOf(when) : receivedUnixNano,
    observedTimeUnixNano: receivedUnixNano,
    ...(isFailure ? SEVERITIES.error : SEVERITIES.info),
    body: [`${event.event_type} ${event.status}`, event.error_message].filter(Boolean).join(': '),
    attributes: present({
      'vcs.ref.head.name': event.branch ?? run?.branch,
      'vcs.ref.head.revision': event.commit_sha ?? run?.commit_sha,
      'ci.run_id': run?.run_id,
      'ci.event_id': event.event_id ?? eventId,
      'ci.event_type': event.event_type,
      'ci.status': event.status,
      'ci.started_at': event.started_at,
      'ci.completed_at': event.completed_at,
      'ci.duration_ms': event.duration_ms ?? durationOf(event),
      'ci.provider': event.ci_provider ?? run?.ci_provider,
      'ci.artifacts': event.artifacts,
      'ci.metadata': event.metadata,
      'exception.message': isFailure ? event.error_message : undefined,
    }),
    eventName: 'ci.build_event',
  })
}

function durationOf({ started_at: start, completed_at: end }: BuildEvent): number | undefined {
  if (!start || !end) return undefined
  const ms = Date.parse(end) - Date.parse(start)
  return ms >= 0 && ms < 2 ** 31 ? ms : undefined
}

function ofRun(run: CiRunReference, receivedUnixNano: bigint) {
  return {
    resource: resourceOf(run.repository, run.source),
    scope: SCOPE,
    timeUnixNano: run.timestamp === undefined ? receivedUnixNano : unixNanoOf(run.timestamp),
    observedTimeUnixNano: receivedUnixNano,
  }
}

function runAttributes(run: CiRunReference) {
  return {
    'ci.run_id': run.run_id,
    'ci.source': run.source,
    'vcs.ref.head.name': run.branch,
    'vcs.ref.head.revision': run.commit_sha,
  }
}

function resourceOf(repository: string, environment: string): Resource {
  return edgeResource({ 'service.name': repository, 'deployment.environment.name': environment })
}

function present(values: Readonly<Record<string, Json | undefined>>): Map<string, AttributeValue> {
  return presentAttributes(
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, value === undefined ? undefined : attributeOf(value)]),
    ),
  )
}
