import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../tests/temporary-folder.ts'
import { collectEnvironment } from './environment.ts'

function gitIn(folder: string, ...args: string[]): void {
  const { status } = spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: folder })
  assert.equal(status, 0)
}

test('a run outside of CI is told by git, and is another one each time', () => {
  const folder = temporaryFolder('ci-reporter')
  gitIn(folder, 'init', '-q', '-b', 'trunk')
  gitIn(folder, 'commit', '-q', '--allow-empty', '-m', 'one')
  const commit = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: folder, encoding: 'utf8' }).stdout.trim()
  const first = collectEnvironment(folder, {})
  assert.partialDeepStrictEqual(first, { branch: 'trunk', commit_sha: commit, source: 'local', attempt: 1 })
  assert.match(first.run_id, /^local\/[0-9a-f-]{36}$/)
  assert.notEqual(collectEnvironment(folder, {}).run_id, first.run_id)
})

const REMOTES: readonly (readonly [string, string])[] = [
  ['https://user:hunter2@git.example/acme/shop.git', 'acme/shop'],
  ['https://git.example:8443/acme/web/shop', 'acme/web/shop'],
  ['git@git.example:acme/shop.git', 'acme/shop'],
  ['ssh://git@git.example:22/acme/shop.git/', 'acme/shop'],
]
for (const [remote, repository] of REMOTES) {
  test(`the repository of ${remote.replace(/\/\/.*@/, '//…@')} is ${repository}, as CI names it, without credentials`, () => {
    const folder = temporaryFolder('ci-reporter')
    gitIn(folder, 'init', '-q')
    gitIn(folder, 'remote', 'add', 'origin', remote)
    assert.equal(collectEnvironment(folder, {}).repository, repository)
  })
}

test('without git and without a commit there is still a run', () => {
  const folder = temporaryFolder('ci-reporter')
  assert.partialDeepStrictEqual(collectEnvironment(folder, {}), {
    repository: path.basename(folder),
    branch: 'unknown',
    commit_sha: 'unknown',
    node_version: process.version,
    lockfile_hash: undefined,
    package_manager: undefined,
  })
})

test('a workspace is told by the lockfile at the top of its repository', () => {
  const folder = temporaryFolder('ci-reporter')
  gitIn(folder, 'init', '-q')
  mkdirSync(path.join(folder, 'packages/a'), { recursive: true })
  writeFileSync(path.join(folder, 'pnpm-lock.yaml'), 'lockfileVersion: 9\n')
  const inside = path.join(folder, 'packages/a')
  assert.partialDeepStrictEqual(collectEnvironment(inside, { npm_config_user_agent: 'pnpm/9.1.0 npm/? node/v24' }), {
    lockfile_hash: createHash('sha256').update('lockfileVersion: 9\n').digest('hex'),
    package_manager: 'pnpm 9.1.0',
    pnpm_version: '9.1.0',
  })
  // npx in a project of pnpm says that it is npm.
  const npx = collectEnvironment(inside, { npm_config_user_agent: 'npm/11.2.0 node/v24' })
  assert.deepEqual([npx.package_manager, npx.pnpm_version], ['pnpm', undefined])
  writeFileSync(path.join(folder, 'package.json'), '{"packageManager":"pnpm@9.2.1+sha512.abc"}')
  assert.equal(collectEnvironment(inside, { npm_config_user_agent: 'npm/11.2.0 node/v24' }).pnpm_version, '9.2.1')
})
