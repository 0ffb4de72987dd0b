import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { OverloadedError } from '../../pipeline/errors.ts'
import { testComponent } from '../../tests/contract/index.ts'
import { openEdgeReceiver, openStoredEdge } from '../../tests/edge-receiver.ts'
import { ci } from './index.ts'

testComponent(ci)

const PATH = '/ingest/ci'
const ORIGIN = { run_id: 'r-17', repository: 'acme/shop', branch: 'main', commit_sha: 'c0ffee', source: 'ci' }
const RUN = {
  ...ORIGIN,
  timestamp: '2026-11-20T10:00:00Z',
  node_version: 'v24.21.0',
  package_manager: 'npm 11.2.0',
  lockfile_hash: 'ab12',
  attempt: 2,
  ci_provider: 'github_actions',
  total_tests: 12,
  passed_tests: 10,
  failed_tests: 1,
  skipped_tests: 1,
  duration_ms: 5_400,
  metadata: { workflow: 'test' },
}
const FAILURE = {
  test_name: 'adds up',
  test_file: 'cart.test.ts',
  suite_name: 'cart',
  error_type: 'TypeError',
  error_message: 'x is not a function',
  error_stack: 'TypeError: x is not a function\n    at total (/app/src/cart.ts:10:5)',
  file_path: 'src/cart.ts',
  line_number: 10,
}
const LINT = {
  rule: 'noUnused',
  severity: 'warning',
  message: 'unused',
  file_path: 'src/a.ts',
  line_number: 3,
  column_number: 7,
  source: 'let a',
  tool: 'biome',
}
const BUILD = {
  event_type: 'build_complete',
  status: 'failure',
  started_at: '2026-11-20T10:00:00Z',
  completed_at: '2026-11-20T10:01:00Z',
  error_message: 'tsc failed',
  artifacts: ['a.tgz'],
}
const REPORT = {
  run: RUN,
  test_failures: [FAILURE, { ...FAILURE, attempt: 1, outcome: 'passed_on_retry' }],
  lint_failures: [LINT],
  build_events: [BUILD],
}

test('a report fills test_runs, test_failures, lint_failures and build_events, once however often it is sent', async t => {
  const { post, rows } = await openStoredEdge(t, ci, {})
  for (let copy = 0; copy < 2; copy++) {
    const { status, json } = await post(PATH, JSON.stringify(REPORT))
    assert.deepEqual([status, json.accepted, json.rejected], [202, 5, 0])
  }
  const at = new Date('2026-11-20T10:00:00Z')
  const { timestamp: _, ...run } = RUN
  const runs = await rows('SELECT * FROM test_runs')
  assert.equal(runs.length, 1)
  assert.partialDeepStrictEqual(runs[0], {
    ...run,
    timestamp: at,
    environment: 'ci',
    triggered_selfheal: false,
    pnpm_version: null,
  })
  const failures = await rows('SELECT * FROM test_failures ORDER BY attempt')
  const origin = { run_id: 'r-17', repository: 'acme/shop', branch: 'main', commit_sha: 'c0ffee', timestamp: at }
  assert.equal(failures.length, 2)
  assert.partialDeepStrictEqual(failures, [
    { ...FAILURE, ...origin, attempt: 1, outcome: 'passed_on_retry' },
    { ...FAILURE, ...origin, attempt: 2, outcome: 'failed' },
  ])
  assert.partialDeepStrictEqual(await rows('SELECT * FROM lint_failures'), [{ ...LINT, ...origin }])
  const [build] = await rows('SELECT * FROM build_events')
  assert.partialDeepStrictEqual(build, {
    timestamp: new Date('2026-11-20T10:01:00Z'),
    repository: 'acme/shop',
    branch: 'main',
    commit_sha: 'c0ffee',
    event_type: 'build_complete',
    status: 'failure',
    started_at: at,
    duration_ms: 60_000,
    ci_provider: 'github_actions',
    error_message: 'tsc failed',
    artifacts: ['a.tgz'],
  })
})

test('a run has the outcome that the reporter knows, and else that of its counts; another word is refused', async t => {
  const { post, rows } = await openStoredEdge(t, ci, {})
  const green = { ...RUN, total_tests: 1, passed_tests: 1, failed_tests: 0, skipped_tests: 0 }
  const outcomes: readonly (readonly [object, string])[] = [
    [{ ...green, run_id: 'a' }, 'passed'],
    [{ ...green, run_id: 'b', outcome: 'unreadable' }, 'unreadable'],
    [{ ...green, run_id: 'c', outcome: 'incomplete' }, 'incomplete'],
    [{ ...green, run_id: 'd', passed_tests: 0, failed_tests: 1 }, 'failed'],
  ]
  for (const [run] of outcomes) assert.equal((await post(PATH, JSON.stringify({ run }))).status, 202)
  assert.equal((await post(PATH, JSON.stringify({ run: { ...green, outcome: 'fine' } }))).status, 400)
  assert.deepEqual(
    (await rows('SELECT outcome FROM test_runs ORDER BY run_id')).map(row => row.outcome),
    outcomes.map(([, outcome]) => outcome),
  )
})

test('a second part of a large report names its run, and build events may come alone', async t => {
  const { post, rows } = await openStoredEdge(t, ci, {})
  assert.equal((await post(PATH, JSON.stringify({ run_reference: ORIGIN, test_failures: [FAILURE] }))).status, 202)
  const alone = {
    ...BUILD,
    event_type: 'deploy_complete',
    status: 'success',
    environment: 'production',
    repository: 'acme/shop',
    branch: 'main',
    commit_sha: 'c0ffee',
    event_id: 'd-1',
  }
  assert.equal((await post(PATH, JSON.stringify({ build_events: [alone] }))).status, 202)
  assert.deepEqual(await rows('SELECT run_id, attempt FROM test_failures'), [{ run_id: 'r-17', attempt: 1 }])
  assert.deepEqual(await rows('SELECT event_id, environment, status FROM build_events'), [
    { event_id: 'd-1', environment: 'production', status: 'success' },
  ])
  assert.deepEqual(await rows('SELECT FROM test_runs'), [])
})

const without = (key: string) => ({ ...RUN, [key]: undefined })
const TOKEN = { authorization: 'Bearer reporter' }
const REFUSED: readonly (readonly [string, number, RegExp, unknown, Record<string, string>?])[] = [
  ['no token', 401, /Bearer TOKEN/, REPORT, {}],
  ['a wrong token', 401, /does not know the token/, REPORT, { authorization: 'Bearer x' }],
  ['text', 400, /not JSON/, undefined],
  ['another content type', 415, /application\/json/, REPORT, { ...TOKEN, 'content-type': 'application/xml' }],
  ['an empty report', 400, /the report is empty/, {}],
  ['an unknown key', 400, /lint/, { run: RUN, lint: [] }],
  ['no branch', 400, /run\.branch/, { run: without('branch') }],
  ['counts that do not add up', 400, /run\.total_tests: must be the sum/, { run: { ...RUN, total_tests: 13 } }],
  ['a broken count', 400, /run\.duration_ms/, { run: { ...RUN, duration_ms: 1.5 } }],
  [
    'a time before all rows',
    400,
    /run\.timestamp: send a time/,
    { run: { ...RUN, timestamp: '0001-01-01T00:00:00Z' } },
  ],
  [
    'a time years ahead',
    400,
    /build_events\.0\.completed_at: .*24 hours after/,
    { run: RUN, build_events: [{ ...BUILD, completed_at: '2099-01-01T00:00:00Z' }] },
  ],
  ['an unknown source', 400, /run\.source/, { run: { ...RUN, source: 'cloud' } }],
  ['failures without a run', 400, /run: test and lint failures need the run/, { test_failures: [FAILURE] }],
  ['a build event of nothing', 400, /build_events\.0\.repository: is missing/, { build_events: [BUILD] }],
  [
    'a failure without a message',
    400,
    /test_failures\.0\.error_message/,
    { run: RUN, test_failures: [{ test_name: 'a' }] },
  ],
  ['too large', 413, /max_body_bytes/, { run: RUN, test_failures: Array(50).fill(FAILURE) }],
]
for (const [name, status, message, report, headers = TOKEN] of REFUSED) {
  test(`refused, with what to do, and nothing is taken: ${name}`, async () => {
    let taken = 0
    const { post } = openEdgeReceiver(ci, { tokens: ['reporter'], max_body_bytes: 4_096 }, async () => {
      taken += 1
    })
    const answer = await post(PATH, report === undefined ? 'passed' : JSON.stringify(report), headers)
    assert.equal(answer.status, status, JSON.stringify(answer.json))
    assert.match(String(answer.json.error), message)
    assert.equal(taken, 0)
  })
}

const SECRET = 'the secret of the webhook'
const repository = { full_name: 'acme/shop', private: true }
const WORKFLOW = {
  action: 'completed',
  repository,
  workflow_run: {
    id: 30433642,
    name: 'Build',
    run_number: 562,
    run_attempt: 2,
    event: 'push',
    status: 'completed',
    conclusion: 'timed_out',
    head_branch: 'main',
    head_sha: 'acb5820ced9479c074f688cc328bf03f341a511d',
    html_url: 'https://github.com/acme/shop/actions/runs/30433642',
    created_at: '2026-11-20T09:59:00Z',
    run_started_at: '2026-11-20T10:00:00Z',
    updated_at: '2026-11-20T10:02:30Z',
    actor: { login: 'ada' },
  },
}
const DEPLOYMENT = {
  action: 'created',
  repository,
  deployment: { id: 7, sha: 'c0ffee', ref: 'main', environment: 'production', created_at: '2026-11-20T10:00:00Z' },
  deployment_status: {
    id: 9,
    state: 'success',
    environment: 'production',
    created_at: '2026-11-20T10:00:20Z',
    creator: { login: 'ada' },
  },
}
const PUSH = {
  ref: 'refs/heads/main',
  before: '0a',
  after: 'c0ffee',
  repository,
  pusher: { name: 'ada' },
  compare: 'https://github.com/acme/shop/compare/0a...c0ffee',
  commits: [{ id: 'c0ffee', message: 'fix the cart', added: [], removed: [], modified: ['src/cart.ts'] }],
}
const githubHeaders = (name: string, body: string, secret = SECRET) => ({
  'x-github-event': name,
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
})

test('GitHub’s workflow_run, deployment_status and push webhooks become build events; a redelivery is stored once', async t => {
  const { post, rows } = await openStoredEdge(t, ci, {
    tokens: ['reporter'],
    github_secrets: ['', 'the old one', SECRET],
  })
  const bodies = [
    ['workflow_run', WORKFLOW],
    [
      'workflow_run',
      { ...WORKFLOW, action: 'requested', workflow_run: { ...WORKFLOW.workflow_run, conclusion: null } },
    ],
    ['deployment_status', DEPLOYMENT],
    [
      'deployment_status',
      { ...DEPLOYMENT, deployment_status: { ...DEPLOYMENT.deployment_status, id: 8, state: 'in_progress' } },
    ],
    ['push', PUSH],
  ] as const
  for (const [name, event] of [...bodies, ...bodies]) {
    const body = JSON.stringify(event)
    assert.equal((await post(PATH, body, githubHeaders(name, body))).status, 202)
  }
  const columns =
    'event_type, status, repository, branch, commit_sha, environment, duration_ms, ci_provider, error_message'
  const common = {
    repository: 'acme/shop',
    branch: 'main',
    ci_provider: 'github_actions',
    error_message: null,
    duration_ms: null,
  }
  const sha = WORKFLOW.workflow_run.head_sha
  assert.deepEqual(await rows(`SELECT ${columns} FROM build_events ORDER BY event_type, status`), [
    {
      ...common,
      event_type: 'build_complete',
      status: 'failure',
      commit_sha: sha,
      environment: 'ci',
      duration_ms: 150_000,
      error_message: 'Build: timed_out',
    },
    { ...common, event_type: 'build_start', status: 'in_progress', commit_sha: sha, environment: 'ci' },
    {
      ...common,
      event_type: 'deploy_complete',
      status: 'success',
      commit_sha: 'c0ffee',
      environment: 'production',
      duration_ms: 20_000,
    },
    { ...common, event_type: 'deploy_start', status: 'in_progress', commit_sha: 'c0ffee', environment: 'production' },
    { ...common, event_type: 'push', status: 'success', commit_sha: 'c0ffee', environment: 'ci' },
  ])
  const [push] = await rows(
    `SELECT metadata->'commits'->0->'modified' AS modified FROM build_events WHERE event_type = 'push'`,
  )
  assert.deepEqual(push, { modified: ['src/cart.ts'] })
})

test('GitHub’s ping and events that say nothing of builds are answered and named, and store nothing', async () => {
  let taken = 0
  const { post } = openEdgeReceiver(ci, { github_secrets: [SECRET] }, async () => {
    taken += 1
  })
  const body = JSON.stringify({ zen: 'Design for failure.' })
  const { status, json } = await post(PATH, body, githubHeaders('ping', body))
  assert.deepEqual([status, json.accepted, json.ignored, taken], [202, 0, 'ping', 0])
})

test('the push that deletes a branch is answered and named, and stores nothing', async () => {
  let taken = 0
  const { post } = openEdgeReceiver(ci, { github_secrets: [SECRET] }, async () => {
    taken += 1
  })
  const body = JSON.stringify({ ...PUSH, after: '0'.repeat(40), deleted: true, commits: [] })
  const { status, json } = await post(PATH, body, githubHeaders('push', body))
  assert.deepEqual([status, json.accepted, json.ignored, taken], [202, 0, 'push: a deletion', 0])
})

test('a workflow that waits for somebody’s approval is no failure, and its result is another event', async t => {
  const { post, rows } = await openStoredEdge(t, ci, { github_secrets: [SECRET] })
  for (const conclusion of ['action_required', 'success']) {
    const body = JSON.stringify({ ...WORKFLOW, workflow_run: { ...WORKFLOW.workflow_run, conclusion } })
    assert.equal((await post(PATH, body, githubHeaders('workflow_run', body))).status, 202)
  }
  assert.deepEqual(
    await rows('SELECT event_type, status, completed_at, error_message FROM build_events ORDER BY event_type DESC'),
    [
      { event_type: 'build_start', status: 'in_progress', completed_at: null, error_message: null },
      {
        event_type: 'build_complete',
        status: 'success',
        completed_at: new Date('2026-11-20T10:02:30Z'),
        error_message: null,
      },
    ],
  )
})

test('a delivery that is not GitHub’s is refused: no signature, a wrong one, no secret here, a broken event', async () => {
  const body = JSON.stringify(PUSH)
  const { post } = openEdgeReceiver(ci, { github_secrets: [SECRET] }, async () => {})
  const refused = async (sent: string, headers: Record<string, string>, status: number, message: RegExp) => {
    const answer = await post(PATH, sent, headers)
    assert.equal(answer.status, status)
    assert.match(String(answer.json.error), message)
  }
  await refused(body, { 'x-github-event': 'push' }, 401, /x-hub-signature-256 is missing/)
  await refused(body, githubHeaders('push', body, 'other'), 401, /does not fit/)
  await refused(body, githubHeaders('push', JSON.stringify(PUSH, null, 1)), 401, /does not fit/)
  const broken = JSON.stringify({ ...PUSH, after: 7 })
  await refused(broken, githubHeaders('push', broken), 400, /after/)
  const open = openEdgeReceiver(ci, {}, async () => {})
  const answer = await open.post(PATH, body, githubHeaders('push', body))
  assert.match(String(answer.json.error), /GITHUB_WEBHOOK_SECRET/)
  assert.equal(answer.status, 401)
})

test('back-pressure is 503 with Retry-After; 1,000 reports at once are all there', async t => {
  const full = openEdgeReceiver(ci, {}, () => Promise.reject(new OverloadedError('full', 1_500)))
  const answer = await full.post(PATH, JSON.stringify(REPORT))
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '2'])
  const { post, rows } = await openStoredEdge(t, ci, {})
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, n) => post(PATH, JSON.stringify({ run: { ...RUN, run_id: `r-${n}` } }))),
  )
  assert.ok(answers.every(({ status }) => status === 202))
  assert.deepEqual(await rows('SELECT count(DISTINCT run_id)::int AS n FROM test_runs'), [{ n: 1_000 }])
})
