import { z } from 'zod'
import { edgeTime as time } from '../../pipeline/edge/time.ts'

const MAX_ID_CHARS = 255
const id = z.string().min(1).max(MAX_ID_CHARS)
const count = z.int().min(0).max(2_147_483_647)
const place = { file_path: z.string().nullish(), line_number: count.nullish() }
const object = z.record(z.string(), z.json())

const RUN = {
  run_id: id,
  repository: id,
  branch: id,
  commit_sha: z.string().min(1).max(64),
  source: z.enum(['local', 'ci']),
  timestamp: time.optional(),
  node_version: z.string().nullish(),
  package_manager: z.string().nullish(),
  pnpm_version: z.string().nullish(),
  lockfile_hash: z.string().nullish(),
  attempt: z.int().min(1).max(1_000).default(1),
  ci_provider: z.string().nullish(),
}

/** Which run the rows belong to, without its results: for the second and later parts of a large report. */
const runReference = z.strictObject(RUN)

const run = z
  .strictObject({
    ...RUN,
    total_tests: count,
    passed_tests: count,
    failed_tests: count,
    skipped_tests: count,
    duration_ms: count,
    /** Without it what the counts say. `incomplete`, `unreadable`: what the reports do not tell is not known. */
    outcome: z.enum(['passed', 'failed', 'incomplete', 'unreadable']).optional(),
    metadata: object.nullish(),
  })
  .refine(one => one.total_tests === one.passed_tests + one.failed_tests + one.skipped_tests, {
    path: ['total_tests'],
    message: 'must be the sum of passed_tests, failed_tests and skipped_tests',
  })

const testFailure = z.strictObject({
  test_name: z.string().min(1),
  test_file: z.string().nullish(),
  suite_name: z.string().nullish(),
  error_type: z.string().nullish(),
  error_message: z.string(),
  error_stack: z.string().nullish(),
  ...place,
  attempt: z.int().min(1).max(1_000).optional(),
  outcome: z.enum(['failed', 'passed_on_retry']).default('failed'),
})

const lintFailure = z.strictObject({
  rule: z.string().min(1),
  severity: z.enum(['error', 'warning', 'info']),
  message: z.string().min(1),
  file_path: z.string().min(1),
  line_number: count.nullish(),
  column_number: count.nullish(),
  source: z.string().nullish(),
  tool: z.string().nullish(),
})

export const buildEvent = z.strictObject({
  event_id: id.optional(),
  event_type: z.enum(['build_start', 'build_complete', 'deploy_start', 'deploy_complete', 'push']),
  status: z.enum(['success', 'failure', 'cancelled', 'in_progress']),
  repository: id.optional(),
  branch: id.optional(),
  commit_sha: z.string().min(1).max(64).optional(),
  timestamp: time.optional(),
  started_at: time.nullish(),
  completed_at: time.nullish(),
  duration_ms: count.nullish(),
  ci_provider: z.string().nullish(),
  environment: z.string().max(64).nullish(),
  artifacts: z.json().nullish(),
  error_message: z.string().nullish(),
  metadata: object.nullish(),
})

const MAX_ROWS = 10_000

/** `POST /ingest/ci`: a run with what failed in it, build and deploy events, or both. */
export const ciReport = z
  .strictObject({
    run: run.optional(),
    run_reference: runReference.optional(),
    test_failures: z.array(testFailure).max(MAX_ROWS).default([]),
    lint_failures: z.array(lintFailure).max(MAX_ROWS).default([]),
    build_events: z.array(buildEvent).max(MAX_ROWS).default([]),
  })
  .superRefine((report, context) => {
    const fault = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
    const hasRun = report.run !== undefined || report.run_reference !== undefined
    const rows = report.test_failures.length + report.lint_failures.length
    if (!hasRun && rows > 0) fault(['run'], 'test and lint failures need the run that they are of: send run')
    if (!hasRun && rows === 0 && report.build_events.length === 0) {
      fault([], 'the report is empty: send run, build_events or both')
    }
    report.build_events.forEach((event, i) => {
      for (const key of ['repository', 'branch', 'commit_sha'] as const) {
        if (event[key] === undefined && !hasRun) {
          fault(['build_events', i, key], 'is missing, and there is no run to take it from')
        }
      }
    })
  })

export type CiReport = z.output<typeof ciReport>
export type CiRun = z.output<typeof run>
export type CiRunReference = z.output<typeof runReference>
export type TestFailure = z.output<typeof testFailure>
export type LintFailure = z.output<typeof lintFailure>
export type BuildEvent = z.output<typeof buildEvent>
