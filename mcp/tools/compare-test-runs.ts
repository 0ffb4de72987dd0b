import { z } from 'zod'
import type { Row } from '../answer.ts'
import { ToolRefusal } from '../refusal.ts'
import { allowedServices, budget, defineTool, text } from '../tool.ts'

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
  async run({ commit_sha, run_id, other_run_id }, access) {
    if ((commit_sha === undefined) === (run_id === undefined)) {
      throw new ToolRefusal('give commit_sha, or run_id and other_run_id')
    }
    const runs = await access.shown(
      `SELECT timestamp, run_id, repository, branch, commit_sha, source, attempt, node_version, package_manager, lockfile_hash,
         total_tests, passed_tests, failed_tests, skipped_tests, duration_ms
       FROM test_runs WHERE (commit_sha LIKE $1 OR run_id = ANY ($2::text[])) AND ($3::text[] IS NULL OR repository = ANY ($3))
       ORDER BY timestamp DESC LIMIT 20`,
      [
        commit_sha === undefined ? null : `${commit_sha.replaceAll(/[\\%_]/g, '\\$&')}%`,
        [run_id, other_run_id].filter(id => id !== undefined),
        allowedServices(access, undefined),
      ],
    )
    const one =
      run_id === undefined ? runs.find(row => row.source === 'local') : runs.find(row => row.run_id === run_id)
    const other =
      run_id === undefined
        ? runs.find(row => row.source === 'ci')
        : (runs.find(row => row.run_id === other_run_id) ?? runs.find(row => row.run_id !== run_id))
    const failures =
      runs.length === 0
        ? []
        : await access.rows(
            `SELECT run_id, test_name, test_file, outcome, error_type, left(error_message, 300) AS message,
               lpad(to_hex(fingerprint), 16, '0') AS fingerprint
             FROM test_failures WHERE run_id = ANY ($1) ORDER BY timestamp DESC LIMIT 200`,
            [runs.map(row => row.run_id)],
          )
    const differences = one === undefined || other === undefined ? [] : differencesOf(one, other)
    return {
      summary:
        one === undefined || other === undefined
          ? `${runs.length} runs; there are not two to compare.`
          : `${differences.length} differences between the two runs.`,
      sections: [
        { name: 'differences', rows: differences },
        { name: 'failures', rows: onlyIn(failures, one, other), more: 'raise max_tokens' },
        { name: 'runs', rows: runs },
      ],
      next: failures
        .slice(0, 1)
        .map(row => `get_fingerprint_samples {"fingerprint":"${row.fingerprint}","env":"*","minutes":43200}`),
      empty: runs.length > 0 ? undefined : 'No test run has this commit or id; query_sql over test_runs lists them.',
    }
  },
})

const COMPARED = [
  'passed_tests',
  'failed_tests',
  'skipped_tests',
  'total_tests',
  'node_version',
  'package_manager',
  'lockfile_hash',
  'branch',
] as const

function differencesOf(one: Row, other: Row): Row[] {
  return COMPARED.filter(key => one[key] !== other[key]).map(key => ({
    what: key,
    [`${one.source ?? 'one'} ${one.run_id}`]: one[key] ?? null,
    [`${other.source ?? 'other'} ${other.run_id}`]: other[key] ?? null,
  }))
}

/** Failures with the runs that had them; those of one run alone come first. */
function onlyIn(failures: readonly Row[], one: Row | undefined, other: Row | undefined): Row[] {
  const ids = new Set([one, other].flatMap(run => (run === undefined ? [] : [String(run.run_id)])))
  const byTest = new Map<string, Row & { readonly runs: string[] }>()
  for (const { run_id, ...failure } of failures) {
    if (ids.size === 2 && !ids.has(String(run_id))) continue
    const key = `${failure.test_file} ${failure.test_name} ${failure.fingerprint}`
    const known = byTest.get(key)
    if (known === undefined) byTest.set(key, { ...failure, runs: [String(run_id)] })
    else if (!known.runs.includes(String(run_id))) known.runs.push(String(run_id))
  }
  return [...byTest.values()].sort((a, b) => a.runs.length - b.runs.length)
}
