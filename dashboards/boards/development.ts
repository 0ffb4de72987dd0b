import { board } from '../board.ts'
import { BAD, PLACES, WATCH } from '../colours.ts'
import { to } from '../links.ts'
import { figure } from '../panels/figure.ts'
import { lines } from '../panels/lines.ts'
import { rows } from '../panels/rows.ts'
import { series, table } from '../query/postgres.ts'
import { environment, ofRepository, repository } from '../variables.ts'

const RUNS = `FROM test_runs WHERE $__timeFilter(timestamp) AND ${ofRepository()}`
const BUILDS = `FROM build_events WHERE $__timeFilter(timestamp) AND ${ofRepository()}`

const passRate = (title: string, source: string, description: string) =>
  figure({
    title,
    description,
    unit: 'percent',
    decimals: 1,
    width: 6,
    links: [to('tests', 'Test intelligence')],
    queries: [
      table(
        `SELECT 100.0 * sum(passed_tests) / nullif(sum(passed_tests + failed_tests), 0) AS "passed" ${RUNS} AND source = '${source}'`,
      ),
    ],
  })

const buildTime = figure({
  title: 'Build, median',
  description: 'Half of the finished builds took less.',
  unit: 'ms',
  decimals: 0,
  width: 6,
  queries: [
    table(
      `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) AS "median" ${BUILDS} AND event_type = 'build_complete'`,
    ),
  ],
})

const deploys = figure({
  title: 'Deploys',
  description: 'Deploys that went through in the time shown.',
  unit: 'short',
  width: 6,
  links: [to('deploys', 'All changes')],
  queries: [table(`SELECT count(*) AS "deploys" ${BUILDS} AND event_type = 'deploy_complete' AND status = 'success'`)],
})

const passRates = lines({
  title: 'Tests that pass, local and in CI',
  description: 'Share of the tests that ran and passed, by day (UTC). Lines that part are environments that differ.',
  unit: 'percent',
  width: 12,
  max: 100,
  colours: PLACES,
  queries: [
    series(`SELECT bucket AS time, source AS metric, 100.0 * sum(total_passed) / nullif(sum(total_passed + total_failed), 0) AS value
      FROM test_runs_daily WHERE bucket > $__timeFrom()::timestamptz - interval '1 day' AND bucket <= $__timeTo()::timestamptz AND ${ofRepository()}
      GROUP BY 1, 2 ORDER BY 1, 2`),
  ],
})

const buildTimes = lines({
  title: 'Build durations',
  description: 'Finished builds, the longest at each time, by repository.',
  unit: 'ms',
  width: 12,
  nothing: 'no build finished in this time',
  queries: [
    series(`SELECT $__timeGroupAlias(timestamp, $__interval), repository AS metric, max(duration_ms) AS value ${BUILDS} AND event_type = 'build_complete' AND duration_ms IS NOT NULL
      GROUP BY 1, 2 ORDER BY 1, 2`),
  ],
})

const runs = rows({
  title: 'Newest test runs',
  description: 'Runs with their results. Coverage is what the reporter put into metadata under coverage_percent.',
  unit: 'short',
  width: 24,
  height: 10,
  nothing: 'no test ran in this time',
  fields: {
    took: { unit: 'ms' },
    failed: { steps: [{ from: 1, colour: BAD }] },
    coverage: { unit: 'percent', decimals: 1 },
  },
  queries: [
    table(`SELECT timestamp AS time, repository, branch, left(commit_sha, 12) AS commit, source, passed_tests AS passed, failed_tests AS failed, duration_ms AS took,
        CASE WHEN jsonb_typeof(metadata -> 'coverage_percent') = 'number' THEN (metadata ->> 'coverage_percent')::float8 END AS coverage
      ${RUNS} ORDER BY 1 DESC LIMIT 100`),
  ],
})

const coverage = lines({
  title: 'Coverage',
  description: 'Of the lines that tests run, by repository, as reporters say it in metadata under coverage_percent.',
  unit: 'percent',
  width: 12,
  height: 10,
  max: 100,
  nothing: 'no reporter tells of coverage',
  queries: [
    series(`SELECT $__timeGroupAlias(timestamp, $__interval), repository AS metric, avg((metadata ->> 'coverage_percent')::float8) AS value
      ${RUNS} AND jsonb_typeof(metadata -> 'coverage_percent') = 'number' GROUP BY 1, 2 ORDER BY 1, 2`),
  ],
})

const lint = rows({
  title: 'Lint failures by rule',
  description: 'What linters complain about most.',
  unit: 'short',
  width: 12,
  height: 10,
  nothing: 'no lint failure in this time',
  fields: { failures: { steps: [{ from: 1, colour: WATCH }] } },
  queries: [
    table(`SELECT repository, tool, rule, severity, count(*) AS failures, count(DISTINCT file_path) AS files FROM lint_failures
      WHERE $__timeFilter(timestamp) AND ${ofRepository()} GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC LIMIT 100`),
  ],
})

export const development = board({
  board: 'development',
  title: 'Development overview',
  description: 'Do tests pass, here and in CI; how long do builds take; what is deployed.',
  variables: [environment, repository],
  from: 'now-7d',
  refresh: '5m',
  lines: [
    [
      passRate('Pass in CI', 'ci', 'Share of the tests that passed in CI. Skipped ones count as neither.'),
      passRate('Pass locally', 'local', 'Share of the tests that passed on the machines of developers.'),
      buildTime,
      deploys,
    ],
    [passRates, buildTimes],
    [runs],
    [coverage, lint],
  ],
})
