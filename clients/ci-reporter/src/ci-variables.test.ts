import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../tests/temporary-folder.ts'
import { ciOf, type Variables } from './ci-variables.ts'
import { collectEnvironment, type RunChoices } from './environment.ts'

const GITHUB = {
  GITHUB_ACTIONS: 'true',
  GITHUB_RUN_ID: '77',
  GITHUB_JOB: 'test',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REF_NAME: '12/merge',
  GITHUB_HEAD_REF: 'feature',
  GITHUB_SHA: 'a'.repeat(40),
}
const GITLAB = {
  GITLAB_CI: 'true',
  CI: 'true',
  CI_JOB_ID: '5',
  CI_PROJECT_PATH: 'acme/web/shop',
  CI_COMMIT_REF_NAME: 'main',
  CI_COMMIT_SHA: 'b'.repeat(40),
}
const FOLDER = temporaryFolder('ci-reporter')
const environmentOf = (variables: Variables, choices: RunChoices = {}) => collectEnvironment(FOLDER, variables, choices)

test('a run of GitHub Actions has one id for each attempt of a job, and of each job of a matrix', () => {
  const environment = environmentOf(GITHUB)
  assert.partialDeepStrictEqual(environment, {
    run_id: 'github/77/test/2',
    repository: 'acme/shop',
    branch: 'feature',
    commit_sha: 'a'.repeat(40),
    source: 'ci',
    ci_provider: 'github_actions',
    attempt: 2,
  })
  assert.equal(environmentOf(GITHUB).run_id, environment.run_id)
  assert.equal(environmentOf({ ...GITHUB, GITHUB_RUN_ATTEMPT: '3' }).run_id, 'github/77/test/3')
  assert.equal(environmentOf({ ...GITHUB, SENSORIUM_CI_JOB_INDEX: '1' }).run_id, 'github/77/test.1/2')
  assert.equal(environmentOf({ ...GITHUB, SENSORIUM_CI_JOB_INDEX: '0' }).run_id, 'github/77/test/2')
  assert.equal(ciOf(GITHUB).url, 'https://github.com/acme/shop/actions/runs/77')
})

test('the commit of a pull request is its head, which a laptop has too, and not the merge that GitHub made', () => {
  const file = path.join(FOLDER, 'event.json')
  writeFileSync(file, JSON.stringify({ pull_request: { head: { sha: 'c'.repeat(40) } } }))
  assert.equal(environmentOf({ ...GITHUB, GITHUB_EVENT_PATH: file }).commit_sha, 'c'.repeat(40))
  for (const broken of ['{"pull_request":{"head":{"sha":7}}}', '{"push":1}', 'null', 'torn {']) {
    writeFileSync(file, broken)
    assert.equal(environmentOf({ ...GITHUB, GITHUB_EVENT_PATH: file }).commit_sha, GITHUB.GITHUB_SHA, broken)
  }
})

test('--attempt and --run-id go before what CI says, and another attempt is another run', () => {
  assert.partialDeepStrictEqual(environmentOf(GITHUB, { attempt: 5 }), { attempt: 5, run_id: 'github/77/test/5' })
  assert.equal(environmentOf(GITHUB, { runId: 'mine' }).run_id, 'mine')
  assert.equal(environmentOf(GITLAB, { attempt: 2 }).run_id, 'gitlab/acme/web/shop/5/2')
  assert.equal(environmentOf({ ...GITHUB, GITHUB_RUN_ATTEMPT: 'many' }).attempt, 1)
})

test('GitLab and others are known by their variables; a CI of no known id has a new one', () => {
  assert.partialDeepStrictEqual(environmentOf(GITLAB), {
    run_id: 'gitlab/acme/web/shop/5',
    repository: 'acme/web/shop',
    branch: 'main',
    commit_sha: 'b'.repeat(40),
    source: 'ci',
    ci_provider: 'gitlab_ci',
  })
  const jenkins = { CI: 'true', JOB_NAME: 'shop', BUILD_TAG: 'jenkins-shop-9', BRANCH_NAME: 'main', GIT_COMMIT: 'd' }
  assert.partialDeepStrictEqual(environmentOf(jenkins), {
    run_id: 'ci/shop/jenkins-shop-9/1',
    branch: 'main',
    commit_sha: 'd',
    ci_provider: 'ci',
    source: 'ci',
  })
  assert.notEqual(environmentOf({ CI: '1' }).run_id, environmentOf({ CI: '1' }).run_id)
  for (const variables of [{}, { CI: 'false' }, { CI: '' }]) {
    assert.partialDeepStrictEqual(environmentOf(variables), { source: 'local', ci_provider: 'local' })
  }
})
