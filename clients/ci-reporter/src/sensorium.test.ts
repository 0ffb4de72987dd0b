import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { createDatabase } from '../../../tests/postgres.ts'
import { environmentOf, freePorts, runCommand, startSensorium } from '../../../tests/sensorium-process.ts'
import { temporaryFolder } from '../../../tests/temporary-folder.ts'
import { parseReport } from './formats/index.ts'
import type { LintFailure, TestCounts, TestFailure } from './parsed.ts'
import { report } from './report.ts'
import { withoutDoubles } from './same-run.ts'

interface Expected {
  readonly tests?: TestCounts
  readonly failures: readonly TestFailure[]
  readonly lint: readonly LintFailure[]
}

const CASES = path.join(import.meta.dirname, 'formats/testcases')
const ALL = globSync('*/report.*', { cwd: CASES }).map(file => path.join(CASES, file))
// Some are of one run, in two formats: these count once.
const FILES = withoutDoubles(
  ALL.map(file => ({ ...parseReport(readFileSync(file, 'utf8'), { fileName: file }), file, digest: '' })),
).kept.map(({ file }) => file)
const EXPECTED = FILES.map(
  file => JSON.parse(readFileSync(path.join(path.dirname(file), 'expected.json'), 'utf8')) as Expected, // as the golden test compares
)

test('reports of every tool arrive in Sensorium as one run; sent again, they are there once; down, they wait', async () => {
  const folder = temporaryFolder('ci-reporter')
  const ports = await freePorts()
  const environment = { DATABASE_URL: (await createDatabase()).url }
  const options = {
    folder,
    variables: {},
    url: `http://127.0.0.1:${ports.application}/ingest/ci`,
    runId: 'run-1',
    buildEvents: [{ event_type: 'build_complete', status: 'failure', error_message: 'red' } as const],
  }
  const away = await report(FILES, options)
  assert.deepEqual([away.sent, away.waiting], [0, 1])
  const waiting = globSync(path.join(folder, '.sensorium-ci/spool/*.json'))[0]!
  const body = readFileSync(waiting)

  const sensorium = await startSensorium({ ports, environment })
  try {
    const sent = await report([], { ...options, buildEvents: [] })
    assert.deepEqual([sent.sent, sent.waiting, sent.refused, sent.warnings], [1, 0, 0, []])
    // As if the process had been killed after the answer and before it cleared its spool.
    writeFileSync(waiting, body)
    assert.equal((await report([], { ...options, buildEvents: [] })).sent, 1)
    writeFileSync(
      path.join(folder, 'odd.xml'),
      `<testsuite><testcase name="odd"><failure>a&#0;b \ud83d\ude00 &#xD800;</failure></testcase></testsuite>`,
    )
    writeFileSync(
      path.join(folder, 'odd.json'),
      JSON.stringify([{ filePath: 'a\0b.js', messages: [{ ruleId: 'r\0', severity: 1, message: '\0 \ud800' }] }]),
    )
    const odd = await report(['odd.xml', 'odd.json'], { ...options, runId: 'odd', buildEvents: [] })
    assert.deepEqual([odd.sent, odd.refused], [1, 0])
    const cases = Array.from(
      { length: 1_500 },
      (_, i) => `<testcase name="t${i}"><failure>${'猫'.repeat(3_000)}</failure></testcase>`,
    )
    writeFileSync(path.join(folder, 'large.xml'), `<testsuite>${cases.join('')}</testsuite>`)
    const large = await report(['large.xml'], { ...options, runId: 'large', buildEvents: [], timeoutMs: 120_000 })
    assert.ok(large.sent > 1)
    assert.deepEqual([large.waiting, large.refused, large.warnings], [0, 0, []])

    const rows = async (sql: string): Promise<Record<string, unknown>[]> => {
      const { stdout, stderr, code } = await runCommand(['sql', sql, '--json'], {
        ...environmentOf(ports),
        ...environment,
      })
      assert.equal(code, 0, stderr)
      return JSON.parse(stdout) as Record<string, unknown>[] // as --json prints
    }
    const sum = (of: (tests: TestCounts) => number) =>
      EXPECTED.reduce((all, { tests }) => all + (tests ? of(tests) : 0), 0)
    assert.deepEqual(
      await rows(`SELECT passed_tests, failed_tests, skipped_tests FROM test_runs WHERE run_id = 'run-1'`),
      [
        {
          passed_tests: sum(one => one.passed),
          failed_tests: sum(one => one.failed),
          skipped_tests: sum(one => one.skipped),
        },
      ],
    )
    const names = await rows(`SELECT test_name, outcome FROM test_failures WHERE run_id = 'run-1'`)
    const key = (row: { test_name?: unknown; outcome?: unknown }) => `${row.test_name}/${row.outcome}`
    assert.deepEqual(
      names.map(key).sort(),
      EXPECTED.flatMap(one => one.failures)
        .map(key)
        .sort(),
    )
    const rules = await rows(`SELECT rule FROM lint_failures WHERE run_id = 'run-1'`)
    assert.deepEqual(
      rules.map(row => row.rule).sort(),
      EXPECTED.flatMap(one => one.lint)
        .map(one => one.rule)
        .sort(),
    )
    assert.deepEqual(await rows('SELECT event_type, status, error_message FROM build_events'), [
      { event_type: 'build_complete', status: 'failure', error_message: 'red' },
    ])
    assert.deepEqual(
      await rows(
        `SELECT (SELECT count(*)::int FROM test_failures WHERE run_id = 'large') AS large, (SELECT count(*)::int FROM test_failures WHERE run_id = 'odd') AS odd, (SELECT count(*)::int FROM lint_failures WHERE run_id = 'odd') AS lint`,
      ),
      [{ large: 1_500, odd: 1, lint: 1 }],
    )
  } finally {
    await sensorium.end('SIGTERM')
  }
})
