import type { Read } from './reading.ts'

type Row = Readonly<Record<string, unknown>>

export interface TestHistory {
  /** The newest first. */
  readonly runs: readonly Row[]
  /** One for each test that failed, those that fail and pass on the same commit first. */
  readonly failing: readonly Row[]
  /** Where and how long runs of a repository take. */
  readonly places: readonly Row[]
}

export interface TestHistoryOptions {
  readonly from: Date
  readonly to: Date
  /** Repositories that the asker may see; null is all. */
  readonly visible: readonly string[] | null
  readonly repository?: string | undefined
}

const RUNS_MAX = 200
const TESTS_MAX = 200

/**
 * Test runs of a time, and the tests that failed in them. A test is flaky where it passed on a retry, or failed in one run
 * of a commit while another whole run of this commit had no failure.
 */
export async function readTestHistory(
  read: Read,
  { from, to, visible, repository }: TestHistoryOptions,
): Promise<TestHistory> {
  const repositories = repository === undefined ? visible : [repository]
  const values = [
    from,
    to,
    visible !== null && repository !== undefined && !visible.includes(repository) ? [] : repositories,
  ]
  const runs = await read(
    `SELECT timestamp, run_id, repository, branch, left(commit_sha, 12) AS commit, source, attempt, ci_provider, node_version,
       total_tests, passed_tests, failed_tests, skipped_tests, duration_ms, coalesce(outcome, CASE WHEN failed_tests > 0 THEN 'failed' ELSE 'passed' END) AS outcome
     FROM test_runs WHERE timestamp > $1 AND timestamp <= $2 AND is_among(repository, $3::text[])
     ORDER BY timestamp DESC LIMIT ${RUNS_MAX}`,
    values,
  )
  const failing = await read(
    `SELECT f.repository, f.test_name, max(f.test_file) AS test_file, max(f.suite_name) AS suite, count(DISTINCT f.run_id)::int AS runs,
       count(*) FILTER (WHERE f.outcome = 'passed_on_retry')::int AS retried,
       count(DISTINCT f.run_id) FILTER (WHERE EXISTS (SELECT FROM test_runs p WHERE p.repository = f.repository AND p.commit_sha = f.commit_sha
         AND p.failed_tests = 0 AND p.total_tests > 0 AND p.timestamp > $1::timestamptz - interval '7 days' AND p.timestamp <= $2))::int AS passed_elsewhere,
       count(DISTINCT f.run_id) FILTER (WHERE r.source = 'ci')::int AS in_ci, count(DISTINCT f.run_id) FILTER (WHERE r.source = 'local')::int AS in_local,
       min(f.timestamp) AS first_seen, max(f.timestamp) AS last_seen, (array_agg(f.run_id ORDER BY f.timestamp DESC))[1] AS last_run,
       (array_agg(left(f.error_message, 300) ORDER BY f.timestamp DESC))[1] AS message,
       (array_agg(fingerprint_hex(f.fingerprint) ORDER BY f.timestamp DESC))[1] AS fingerprint
     FROM test_failures f LEFT JOIN test_runs r ON r.run_id = f.run_id AND r.timestamp > $1::timestamptz - interval '1 day' AND r.timestamp <= $2::timestamptz + interval '1 day'
     WHERE f.timestamp > $1 AND f.timestamp <= $2 AND is_among(f.repository, $3::text[])
     GROUP BY f.repository, f.test_name
     ORDER BY (count(*) FILTER (WHERE f.outcome = 'passed_on_retry') > 0) DESC, count(DISTINCT f.run_id) DESC, f.test_name LIMIT ${TESTS_MAX}`,
    values,
  )
  const places = await read(
    `SELECT repository, source, count(*)::int AS runs, count(*) FILTER (WHERE failed_tests > 0)::int AS failed_runs,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY duration_ms) AS p50_ms, max(duration_ms) AS longest_ms,
       (array_agg(run_id ORDER BY duration_ms DESC))[1] AS longest_run, max(timestamp) AS last_run
     FROM test_runs WHERE timestamp > $1 AND timestamp <= $2 AND is_among(repository, $3::text[])
     GROUP BY 1, 2 ORDER BY repository, source LIMIT 100`,
    values,
  )
  return { runs, failing, places }
}

/** A run with its failures, and the other runs of its commit; undefined where there is none that may be seen. */
export async function readTestRun(
  read: Read,
  runId: string,
  visible: readonly string[] | null,
): Promise<{ readonly run: Row; readonly failures: readonly Row[]; readonly others: readonly Row[] } | undefined> {
  const [run] = await read(
    `SELECT timestamp, run_id, repository, branch, commit_sha, source, attempt, ci_provider, node_version, package_manager, lockfile_hash,
       total_tests, passed_tests, failed_tests, skipped_tests, duration_ms, outcome
     FROM test_runs WHERE run_id = $1 AND is_among(repository, $2::text[]) ORDER BY timestamp DESC LIMIT 1`,
    [runId, visible],
  )
  if (run === undefined) return undefined
  const failures = await read(
    `SELECT timestamp, test_name, test_file, suite_name, outcome, attempt, error_type, left(error_message, 2000) AS message,
       left(error_stack, 20000) AS stack, fingerprint_hex(fingerprint) AS fingerprint
     FROM test_failures WHERE run_id = $1 AND repository = $2 ORDER BY test_file, test_name LIMIT 500`,
    [runId, run.repository],
  )
  const others = await read(
    `SELECT timestamp, run_id, source, attempt, passed_tests, failed_tests, duration_ms, node_version, package_manager, lockfile_hash
     FROM test_runs WHERE commit_sha = $1 AND repository = $2 AND run_id <> $3 ORDER BY timestamp DESC LIMIT 20`,
    [run.commit_sha, run.repository, runId],
  )
  return { run, failures, others }
}
