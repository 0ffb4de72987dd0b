import { z } from 'zod'
import type { Access } from '../access.ts'
import { counted, nextCall, page, type Row } from '../answer.ts'
import { ToolRefusal } from '../refusal.ts'
import { allowedServices, budget, defineTool, text } from '../tool.ts'

const RUNS_MAX = 20
const FAILURES_MAX = 200

export const compareTestRuns = defineTool({
  name: 'compare_test_runs',
  title: 'Local against CI, or run against run',
  description:
    'Results, environment and failures of two runs: of a commit (local and CI), or by run_id. {"commit_sha":"c0ffee"}',
  input: z.strictObject({
    commit_sha: text(64).optional(),
    run_id: text(255).optional(),
    other_run_id: text(255).optional(),
    ...budget,
  }),
  check({ commit_sha, run_id }) {
    if ((commit_sha === undefined) === (run_id === undefined)) {
      throw new ToolRefusal('give commit_sha, or run_id and other_run_id')
    }
    if (commit_sha !== undefined && !/^[0-9a-f]{4,64}$/i.test(commit_sha)) {
      throw new ToolRefusal('a commit_sha is 4 to 64 hex digits, such as {"commit_sha":"c0ffee"}')
    }
  },
  async run({ commit_sha, run_id, other_run_id }, access) {
    const runs = page(await readRuns(access, commit_sha?.toLowerCase(), run_id, other_run_id), RUNS_MAX)
    const pair = run_id === undefined ? pairOfCommit(runs.rows) : pairById(runs.rows, run_id, other_run_id)
    const failures = page(await readFailures(access, runs.rows), FAILURES_MAX)
    const differences = pair.length < 2 ? [] : differencesOf(pair[0]!, pair[1]!)
    const shared = failuresByTest(failures.rows)
    return {
      summary:
        pair.length < 2
          ? `${counted(runs.rows.length, 'run')}; there are not two to compare.${missing(runs.rows, run_id, other_run_id)}`
          : `${counted(differences.length, 'difference')} between the two runs of the section compared${runs.rows.length > 2 ? `; ${runs.rows.length - 2} more in runs` : ''}.`,
      sections: [
        { name: 'compared', rows: pair.map(briefly) },
        { name: 'differences', rows: differences },
        { name: 'failures', rows: shared, hasMore: failures.hasMore, more: 'ask for the runs one by one' },
        { name: 'runs', ...runs, more: 'give run_id and other_run_id' },
      ],
      next: shared
        .slice(0, 1)
        .map(row => nextCall('get_fingerprint_samples', { fingerprint: row.fingerprint, env: '*', minutes: 43_200 })),
      empty:
        runs.rows.length > 0
          ? undefined
          : 'No test run that this caller may see has this commit or id; what_changed lists builds.',
    }
  },
})

/** The newest first; one more than RUNS_MAX where there are more. Ids come exactly, a commit by its beginning. */
function readRuns(access: Access, commit: string | undefined, ...ids: readonly (string | undefined)[]): Promise<Row[]> {
  return access.shown(
    `SELECT timestamp, run_id, repository, branch, commit_sha, source, attempt, node_version, package_manager, lockfile_hash,
       total_tests, passed_tests, failed_tests, skipped_tests, duration_ms, outcome
     FROM test_runs WHERE (lower(commit_sha) LIKE $1 OR run_id = ANY ($2::text[])) AND is_among(repository, $3)
     ORDER BY timestamp DESC LIMIT $4`,
    [
      commit === undefined ? null : `${commit}%`,
      ids.filter(id => id !== undefined),
      allowedServices(access, undefined),
      RUNS_MAX + 1,
    ],
  )
}

async function readFailures(access: Access, runs: readonly Row[]): Promise<Row[]> {
  if (runs.length === 0) return []
  return access.shown(
    `SELECT run_id, test_name, test_file, outcome, error_type, left(error_message, 300) AS message,
       lpad(to_hex(fingerprint), 16, '0') AS fingerprint
     FROM test_failures WHERE run_id = ANY ($1) AND is_among(repository, $2)
     ORDER BY timestamp DESC LIMIT $3`,
    [runs.map(row => row.run_id), access.services ?? null, FAILURES_MAX + 1],
  )
}

/** The newest local run and the newest of CI, of the repository of the newest run; else its two newest. */
function pairOfCommit(runs: readonly Row[]): readonly Row[] {
  const own = runs.filter(row => row.repository === runs[0]?.repository && row.commit_sha === runs[0]?.commit_sha)
  const local = own.find(row => row.source === 'local')
  const ci = own.find(row => row.source === 'ci')
  return local !== undefined && ci !== undefined ? [local, ci] : own.slice(0, 2)
}

function pairById(runs: readonly Row[], one: string, other: string | undefined): readonly Row[] {
  return [one, other].flatMap(id => runs.filter(row => row.run_id === id).slice(0, 1))
}

function missing(runs: readonly Row[], one: string | undefined, other: string | undefined): string {
  if (one !== undefined && other === undefined) return ' Give other_run_id as well.'
  const ids = Object.entries({ run_id: one, other_run_id: other })
  const unknown = ids.filter(([, id]) => id !== undefined && !runs.some(row => row.run_id === id))
  return unknown.map(([name]) => ` No run has this ${name}.`).join('')
}

function briefly({ timestamp, run_id, source, attempt, repository, commit_sha, failed_tests }: Row): Row {
  const row = { run_id, source, attempt, repository, commit_sha, failed_tests, timestamp }
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as Row // none is undefined
}

const COMPARED = [
  'outcome',
  'passed_tests',
  'failed_tests',
  'skipped_tests',
  'total_tests',
  'attempt',
  'node_version',
  'package_manager',
  'lockfile_hash',
  'branch',
] as const

function differencesOf(one: Row, other: Row): Row[] {
  return COMPARED.filter(key => one[key] !== other[key]).map(key => ({
    what: key,
    first: one[key] ?? null,
    second: other[key] ?? null,
  }))
}

/** Failures with the runs that had them; those of the fewest runs come first. */
function failuresByTest(failures: readonly Row[]): Row[] {
  const byTest = new Map<string, Row & { readonly runs: string[] }>()
  for (const { run_id, ...failure } of failures) {
    const key = `${failure.test_file} ${failure.test_name} ${failure.fingerprint}`
    const known = byTest.get(key)
    if (known === undefined) byTest.set(key, { ...failure, runs: [String(run_id)] })
    else if (!known.runs.includes(String(run_id))) known.runs.push(String(run_id))
  }
  return [...byTest.values()].sort((a, b) => a.runs.length - b.runs.length)
}
