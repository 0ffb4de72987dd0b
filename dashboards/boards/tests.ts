import { board } from '../board.ts'
import { BAD, PLACES, WATCH } from '../colours.ts'
import { lines } from '../panels/lines.ts'
import { rows } from '../panels/rows.ts'
import { series, table } from '../query/postgres.ts'
import { environment, ofRepository, repository } from '../variables.ts'

const FAILURES = `FROM test_failures WHERE $__timeFilter(timestamp) AND ${ofRepository()}`
const RUNS = `FROM test_runs WHERE $__timeFilter(timestamp) AND ${ofRepository()}`

const flaky = rows({
  title: 'Flaky tests',
  description:
    'Tests that failed and passed when they were tried again in the same run, or failed in one run and not in another of the same commit.',
  unit: 'short',
  width: 24,
  nothing: 'no flaky test in this time',
  fields: { 'passed on retry': { steps: [{ from: 1, colour: WATCH }] } },
  queries: [
    table(`WITH failed AS (SELECT *, (outcome = 'passed_on_retry')::int AS retried ${FAILURES}), run AS (SELECT * ${RUNS}),
        commit AS (SELECT repository, commit_sha, count(*) AS runs FROM run WHERE outcome IS DISTINCT FROM 'unreadable' GROUP BY 1, 2)
      SELECT f.repository, f.test_name AS test, max(f.test_file) AS file, sum(f.retried) AS "passed on retry",
        count(DISTINCT f.run_id) FILTER (WHERE f.outcome = 'failed' AND f.failed_runs < c.runs) AS "failed in some runs of a commit", max(f.timestamp) AS last
      FROM (SELECT *, (SELECT count(DISTINCT o.run_id) FROM failed o WHERE o.repository = failed.repository AND o.test_name = failed.test_name
          AND o.commit_sha = failed.commit_sha AND o.outcome = 'failed') AS failed_runs FROM failed) f
      LEFT JOIN commit c USING (repository, commit_sha)
      GROUP BY 1, 2 HAVING sum(f.retried) > 0 OR count(*) FILTER (WHERE f.outcome = 'failed' AND f.failed_runs < c.runs) > 0
      ORDER BY 4 DESC, 5 DESC LIMIT 100`),
  ],
})

const failing = rows({
  title: 'Most frequent failures',
  description: 'Test failures, alike ones counted together, with the problem that the same error is elsewhere.',
  unit: 'short',
  width: 24,
  nothing: 'no test failed in this time',
  queries: [
    table(`SELECT max(error_message) AS failure, error_type AS type, count(*) AS failures, count(DISTINCT test_name) AS tests, count(DISTINCT run_id) AS runs,
        max(timestamp) AS last, fingerprint_hex(fingerprint) AS fingerprint
      ${FAILURES} AND outcome = 'failed' GROUP BY fingerprint, error_type ORDER BY 3 DESC LIMIT 100`),
  ],
})

const mismatch = rows({
  title: 'Local against CI',
  description: 'Commits whose tests pass in one place and fail in the other: an environment that differs.',
  unit: 'short',
  width: 24,
  nothing: 'local runs and CI agree',
  fields: {
    'failed locally': { steps: [{ from: 1, colour: BAD }] },
    'failed in CI': { steps: [{ from: 1, colour: BAD }] },
  },
  queries: [
    table(`SELECT repository, left(commit_sha, 12) AS commit, max(failed_tests) FILTER (WHERE source = 'local') AS "failed locally",
        max(failed_tests) FILTER (WHERE source = 'ci') AS "failed in CI", count(DISTINCT node_version) AS "versions of Node",
        count(DISTINCT lockfile_hash) AS lockfiles, max(timestamp) AS last
      ${RUNS} GROUP BY 1, commit_sha
      HAVING (max(failed_tests) FILTER (WHERE source = 'local') > 0) <> (max(failed_tests) FILTER (WHERE source = 'ci') > 0)
      ORDER BY 7 DESC LIMIT 100`),
  ],
})

const slowest = rows({
  title: 'Slowest runs',
  description: 'Runs by how long they took. Durations of single tests are not reported, only those of runs.',
  unit: 'short',
  width: 14,
  fields: { took: { unit: 'ms' } },
  nothing: 'no test ran in this time',
  queries: [
    table(`SELECT timestamp AS time, repository, branch, source, duration_ms AS took, total_tests AS tests, failed_tests AS failed, run_id AS run
      ${RUNS} ORDER BY duration_ms DESC LIMIT 50`),
  ],
})

const overTime = lines({
  title: 'Failed tests',
  description: 'Failed tests of all runs, local and in CI.',
  unit: 'short',
  width: 10,
  stacked: true,
  colours: PLACES,
  queries: [
    series(
      `SELECT $__timeGroupAlias(timestamp, $__interval), source AS metric, sum(failed_tests) AS value ${RUNS} GROUP BY 1, 2 ORDER BY 1, 2`,
    ),
  ],
})

export const testsBoard = board({
  board: 'tests',
  title: 'Test intelligence',
  description: 'Which tests are flaky, what fails most, and where local runs and CI disagree.',
  variables: [environment, repository],
  from: 'now-7d',
  refresh: '5m',
  lines: [[flaky], [failing], [mismatch], [slowest, overTime]],
})
