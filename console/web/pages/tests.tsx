import './slos.css'
import type { TestsAnswer } from '../../api/tests.ts'
import { durationText, many, shareText } from '../format.ts'
import { Page } from '../parts/answered.tsx'
import { Ago, Badge, Empty, Section, Snippet, Text, Time } from '../parts/basics.tsx'
import { type Column, countColumn, Table } from '../parts/table.tsx'
import { number, type Row, text } from '../row.ts'
import { useAnswer } from '../state/answers.ts'
import { rangeParams } from '../state/range.ts'
import { href, param, setParams } from '../state/router.ts'

const first = () =>
  `curl ${location.origin}/ingest/ci -H 'content-type: application/json' -d '{"run":{"run_id":"r-1","repository":"acme/shop","branch":"main","commit_sha":"c0ffee","source":"local","attempt":1,"total_tests":2,"passed_tests":1,"failed_tests":1,"skipped_tests":0,"duration_ms":1200},"test_failures":[{"test_name":"cart adds up","error_type":"TypeError","error_message":"x is not a function"}]}'`

/** Runs of tests, where they fail, and which of them cannot be trusted. */
export function Tests() {
  const repository = param('repository')
  const answer = useAnswer<TestsAnswer>('tests', { ...rangeParams(), repository }, ['records'])
  return (
    <Page title="Tests" answer={answer} lines={10}>
      {data =>
        data.runs.length === 0 ? (
          <Section title="No test run in this range">
            <Empty title="Runs come from the reporter, or from one call">
              <p>npx @sensorium/ci-reporter sends what a test runner wrote; a longer range is in the bar above.</p>
              <Snippet label="The first run" text={first()} />
            </Empty>
          </Section>
        ) : (
          <>
            <Repositories names={data.repositories} chosen={repository} />
            <Section
              title="Tests that failed"
              aside={<span class="unit">flaky: passed on a retry, or the same commit passed elsewhere</span>}
            >
              {data.failing.length === 0 ? (
                <p class="body unit">None in this range.</p>
              ) : (
                <Table
                  label="Tests that failed"
                  columns={FAILING}
                  rows={data.failing}
                  keyOf={row => `${text(row, 'repository')} ${text(row, 'test_name')}`}
                />
              )}
            </Section>
            <Section title="Local against CI">
              <Table
                label="Local against CI"
                name="sort-place"
                columns={PLACES}
                rows={data.places}
                keyOf={row => `${text(row, 'repository')} ${text(row, 'source')}`}
              />
            </Section>
            <Section
              title="Runs"
              aside={<span class="unit">{many(data.runs.length, 'run')}; sort by duration for the slowest</span>}
            >
              <Table label="Runs" name="sort-run" columns={RUNS} rows={data.runs} keyOf={row => text(row, 'run_id')} />
            </Section>
          </>
        )
      }
    </Page>
  )
}

function Repositories({ names, chosen }: { readonly names: readonly string[]; readonly chosen: string | undefined }) {
  if (names.length < 2 && chosen === undefined) return null
  return (
    <nav class="tabs" aria-label="Repositories">
      <button
        type="button"
        class="plain"
        aria-pressed={chosen === undefined}
        onClick={() => setParams({ repository: undefined })}
      >
        All
      </button>
      {names.map(name => (
        <button
          key={name}
          type="button"
          class="plain"
          aria-pressed={chosen === name}
          onClick={() => setParams({ repository: name })}
        >
          <Text max={60}>{name}</Text>
        </button>
      ))}
    </nav>
  )
}

const isFlaky = (row: Row) => number(row, 'retried') > 0 || number(row, 'passed_elsewhere') > 0

const FAILING: readonly Column<Row>[] = [
  {
    name: 'test',
    title: 'Test',
    by: row => text(row, 'test_name'),
    cell: row => (
      <>
        {isFlaky(row) && (
          <>
            <Badge tone="warn">flaky</Badge>{' '}
          </>
        )}
        {row.fingerprint === undefined ? (
          <Text max={200}>{row.test_name}</Text>
        ) : (
          <a href={href('problem', { id: text(row, 'fingerprint') })}>
            <Text max={200}>{row.test_name}</Text>
          </a>
        )}
        <div class="unit">
          <Text max={160}>{row.test_file ?? row.repository}</Text>
        </div>
        <div class="mono">
          <Text max={160}>{row.message}</Text>
        </div>
      </>
    ),
  },
  {
    name: 'runs',
    title: 'Failed in',
    isNumber: true,
    by: row => number(row, 'runs'),
    cell: row => many(number(row, 'runs'), 'run'),
  },
  {
    name: 'where',
    title: 'Where',
    isMinor: true,
    cell: row =>
      number(row, 'in_ci') > 0 && number(row, 'in_local') > 0
        ? 'CI and local'
        : number(row, 'in_ci') > 0
          ? 'CI only'
          : number(row, 'in_local') > 0
            ? 'local only'
            : '–',
  },
  {
    name: 'retried',
    title: 'Passed on retry',
    isNumber: true,
    isMinor: true,
    by: row => number(row, 'retried'),
    cell: row => `${number(row, 'retried')} ×`,
  },
  {
    name: 'last',
    title: 'Last',
    by: row => text(row, 'last_seen'),
    cell: row => (
      <a href={href('testRun', { id: text(row, 'last_run') })}>
        <Ago at={text(row, 'last_seen')} />
      </a>
    ),
  },
]

const PLACES: readonly Column<Row>[] = [
  {
    name: 'repository',
    title: 'Repository',
    by: row => text(row, 'repository'),
    cell: row => <Text max={80}>{row.repository}</Text>,
  },
  { name: 'source', title: 'Where', cell: row => (row.source === 'ci' ? 'CI' : 'local') },
  countColumn('runs', 'Runs', 'runs', row => number(row, 'runs')),
  {
    name: 'failed',
    title: 'With failures',
    isNumber: true,
    by: row => number(row, 'failed_runs') / number(row, 'runs'),
    cell: row =>
      number(row, 'failed_runs') === 0 ? (
        <span class="unit">none</span>
      ) : (
        shareText(number(row, 'failed_runs') / number(row, 'runs'))
      ),
  },
  {
    name: 'median',
    title: 'Median',
    isNumber: true,
    by: row => number(row, 'p50_ms'),
    cell: row => durationText(number(row, 'p50_ms')),
  },
  {
    name: 'longest',
    title: 'Longest',
    isNumber: true,
    by: row => number(row, 'longest_ms'),
    cell: row => (
      <a href={href('testRun', { id: text(row, 'longest_run') })}>{durationText(number(row, 'longest_ms'))}</a>
    ),
  },
]

const RUNS: readonly Column<Row>[] = [
  {
    name: 'at',
    title: 'When',
    by: row => text(row, 'timestamp'),
    cell: row => (
      <a href={href('testRun', { id: text(row, 'run_id') })}>
        <Time at={text(row, 'timestamp')} />
      </a>
    ),
  },
  { name: 'repository', title: 'Repository', isMinor: true, cell: row => <Text max={60}>{row.repository}</Text> },
  { name: 'branch', title: 'Branch', isMinor: true, cell: row => <Text max={40}>{row.branch}</Text> },
  {
    name: 'commit',
    title: 'Commit',
    cell: row => (
      <span class="mono">
        <Text max={12}>{row.commit}</Text>
      </span>
    ),
  },
  { name: 'where', title: 'Where', cell: row => (row.source === 'ci' ? 'CI' : 'local') },
  {
    name: 'outcome',
    title: 'Outcome',
    by: row => number(row, 'failed_tests'),
    cell: row =>
      number(row, 'failed_tests') > 0 ? (
        <Badge tone="bad">{number(row, 'failed_tests')} failed</Badge>
      ) : (
        <Badge tone={row.outcome === 'passed' ? 'good' : 'warn'}>{text(row, 'outcome')}</Badge>
      ),
  },
  countColumn('tests', 'Tests', 'tests', row => number(row, 'total_tests')),
  {
    name: 'took',
    title: 'Took',
    isNumber: true,
    by: row => number(row, 'duration_ms'),
    cell: row => durationText(number(row, 'duration_ms')),
  },
]
