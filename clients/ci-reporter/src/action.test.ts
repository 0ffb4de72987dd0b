import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { temporaryFolder } from '../../../tests/temporary-folder.ts'

const PACKAGE = path.resolve(import.meta.dirname, '..')

interface Action {
  readonly inputs: Record<string, { required?: boolean; default?: string }>
  readonly runs: { using: string; steps: { shell: string; run: string; env: Record<string, string> }[] }
}
interface Workflow {
  readonly jobs: Record<string, { steps: { uses?: string; with?: Record<string, string> }[] }>
}
const yamlOf = <T>(file: string): T => parse(readFileSync(path.join(PACKAGE, file), 'utf8')) as T // files of this folder
const action = yamlOf<Action>('action.yml')

/** Runs the step of the action as GitHub does, with an npx that notes what it was given and ends as it is told. */
function runStep(environment: Record<string, string>, exitCode = 0) {
  const folder = temporaryFolder('ci-reporter')
  mkdirSync(path.join(folder, 'bin'))
  const npx = path.join(folder, 'bin/npx')
  writeFileSync(npx, `#!/bin/sh\nfor each in "$@"; do echo "[$each]"; done\nexit ${exitCode}\n`)
  chmodSync(npx, 0o755)
  writeFileSync(path.join(folder, 'a.xml'), '')
  writeFileSync(path.join(folder, 'b.xml'), '')
  const script = action.runs.steps[0]!.run
  return spawnSync('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: `${path.dirname(npx)}:${process.env.PATH}`,
      REPORTS: '',
      BUILD_EVENT: '',
      STATUS: '',
      ENVIRONMENT: '',
      ...environment,
    },
  })
}

test('the action gives the reports, each as an argument, and the build event to the version of this package', () => {
  const { version } = JSON.parse(readFileSync(path.join(PACKAGE, 'package.json'), 'utf8')) as { version: string } // npm's
  const { stdout, status } = runStep({
    REPORTS: '*.xml c.json',
    BUILD_EVENT: 'deploy_complete',
    STATUS: 'failure',
    ENVIRONMENT: 'my stage',
  })
  const given = ['--yes', `@sensorium/ci-reporter@${version}`, 'report', 'a.xml', 'b.xml', 'c.json']
  const event = ['--build-event', 'deploy_complete', '--status', 'failure', '--environment', 'my stage']
  assert.equal(stdout, [...given, ...event].map(each => `[${each}]\n`).join(''))
  assert.equal(status, 0)
})

test('the action never fails a job, also where npx cannot run, and says so', () => {
  const { stdout, status } = runStep({ REPORTS: 'a.xml' }, 7)
  assert.equal(status, 0)
  assert.match(stdout, /::warning title=Sensorium::.*ended with 7/)
})

test('the secrets and inputs come by the environment, never by the text of the script', () => {
  for (const { run, env } of action.runs.steps) {
    assert.doesNotMatch(run, /\$\{\{/)
    assert.equal(env.SENSORIUM_CI_TOKEN, '${{ inputs.token }}')
  }
})

test('the example gives the action what it asks for', () => {
  const { jobs } = yamlOf<Workflow>('examples/workflow.yml')
  const uses = Object.values(jobs).flatMap(({ steps }) => steps.filter(step => step.uses?.includes('ci-reporter')))
  assert.equal(uses.length, 2)
  const required = Object.keys(action.inputs).filter(name => action.inputs[name]!.required)
  for (const { with: given = {} } of uses) {
    for (const name of required) assert.ok(name in given, name)
    for (const name of Object.keys(given)) assert.ok(name in action.inputs, name)
  }
})
