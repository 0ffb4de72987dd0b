import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseReport } from '../../clients/ci-reporter/src/index.ts'
import { environmentOf, freePorts, ROOT, runCommand, startSensorium } from '../../tests/sensorium-process.ts'
import { temporaryFolder } from '../../tests/temporary-folder.ts'

/**
 * Reports a run of this repository's own tests with the built `sensorium-ci` into a throw-away Sensorium, and asserts
 * that the rows are what the runner said:
 *
 *     SENSORIUM_TEST_REPORT=report.ndjson npm test
 *     node scripts/real/report-own-run.ts report.ndjson "1234 passed, 0 failed, 0 skipped"
 */
const [reportFile = '', said = ''] = process.argv.slice(2)
const match = /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(said)
if (reportFile === '' || match === null)
  throw new Error('usage: report-own-run.ts REPORT "N passed, N failed, N skipped"')
const [passed, failed, skipped] = match.slice(1).map(Number)

const folder = temporaryFolder('own-run')
const ports = await freePorts()
const environment = { SENSORIUM_DATA_DIR: path.join(folder, 'postgres') }
const sensorium = await startSensorium({ ports, environment })
try {
  const cli = path.join(ROOT, 'clients/ci-reporter/dist/ci-reporter/src/cli.js')
  const url = `http://127.0.0.1:${ports.application}/ingest/ci`
  const args = [
    cli,
    'report',
    path.resolve(reportFile),
    '--run-id',
    'own-run',
    '--url',
    url,
    '--spool',
    path.join(folder, 'spool'),
  ]
  const reported = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })
  assert.match(reported.stdout, /^sensorium-ci: [1-9]\d* reports? sent, 0 waiting, 0 refused/, reported.stderr)

  const rows = async (sql: string): Promise<Record<string, unknown>[]> => {
    const { stdout, stderr, code } = await runCommand(['sql', sql, '--json'], {
      ...environmentOf(ports),
      ...environment,
    })
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout) as Record<string, unknown>[] // as --json prints
  }
  const git = (...words: string[]) => spawnSync('git', words, { cwd: ROOT, encoding: 'utf8' }).stdout.trim()
  assert.deepEqual(
    await rows('SELECT run_id, commit_sha, total_tests, passed_tests, failed_tests, skipped_tests FROM test_runs'),
    [
      {
        run_id: 'own-run',
        commit_sha: git('rev-parse', 'HEAD'),
        total_tests: passed! + failed! + skipped!,
        passed_tests: passed,
        failed_tests: failed,
        skipped_tests: skipped,
      },
    ],
  )
  const names = parseReport(readFileSync(reportFile, 'utf8'))
    .failures.map(({ test_name }) => test_name)
    .sort()
  const stored = await rows('SELECT test_name, repository FROM test_failures')
  assert.deepEqual(stored.map(row => row.test_name).sort(), names)
  assert.equal(names.length, failed)
  console.log(`this run is in test_runs and test_failures as the runner said: ${said}`)
} finally {
  await sensorium.end('SIGTERM')
}
