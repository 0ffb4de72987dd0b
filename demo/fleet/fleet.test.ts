import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { MILLISECOND, MINUTE } from '../clock.ts'
import { DemoError } from '../errors.ts'
import { createRandom } from '../random.ts'
import { createDropCounter } from './drops.ts'
import { INNOCENT, manifestsOf } from './edits.ts'
import { DROP_KINDS } from './kinds.ts'
import { planFleet } from './plan.ts'
import { createRepository } from './repository.ts'

const START = Date.UTC(2026, 0, 1)
const dateOf = (at: number) => new Date(START + at / MILLISECOND)

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fleet-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('there are twelve kinds of dropped sessions, and every change of the repository fits its file once', () => {
  assert.equal(new Set(DROP_KINDS.map(({ name }) => name)).size, 12)
  const manifests = manifestsOf()
  const textOf = (file: string) =>
    manifests.get(file) ?? readFileSync(path.join(import.meta.dirname, 'source', file), 'utf8')
  const edits = [...Object.values(INNOCENT).flat(), ...DROP_KINDS.flatMap(({ edit }) => edit ?? [])]
  for (const { file, from, title } of edits) assert.equal(textOf(file).split(from).length, 2, title)
})

test('a guilty build has its commit under another one, and a release runs as its commit has it', async t => {
  const repository = await createRepository(await folderOf(t), dateOf(0))
  const kind = DROP_KINDS.find(({ name }) => name === 'site-without-meter')!
  const plan = await planFleet(kind, repository, createRandom('test'), dateOf)
  const deploy = plan.deploys.find(({ commits }) => commits.includes(plan.guilty!))!
  assert.equal(deploy.service, 'ServiceB')
  assert.notEqual(deploy.commit, plan.guilty!.id)
  assert.ok(plan.deploys.filter(({ service }) => service === 'ServiceB').length > 1, 'an innocent one, too')
  const textAt = async (commit: string) =>
    readFile(path.join((await repository.release(commit)).root, kind.file), 'utf8')
  assert.match(await textAt(deploy.commit), /site\.meter!\.reservedKwh/)
  assert.doesNotMatch(await textAt(plan.initial.commit), /site\.meter!\.reservedKwh/)
})

test('a folder that is named from where one is holds its releases, and nothing else does', async t => {
  const folder = await folderOf(t)
  const repository = await createRepository(path.relative('', folder), dateOf(0))
  const { root, load } = await repository.release(repository.first)
  assert.equal(path.dirname(root), path.join(folder, 'releases'))
  assert.ok(await load('edge-device/station.ts'))
})

test('a folder that holds something else is left alone', async t => {
  const folder = await folderOf(t)
  await writeFile(path.join(folder, 'thesis.txt'), 'years of work')
  await assert.rejects(createRepository(folder, dateOf(0)), DemoError)
  assert.equal(await readFile(path.join(folder, 'thesis.txt'), 'utf8'), 'years of work')
})

test('one drop is no news, six within five minutes are, once', () => {
  const { add, events } = createDropCounter({ startUnixMs: START, hrTime: () => [0, 0], iso: String })
  const session = { userId: 'u', id: 's', station: 'EV-Station-01' }
  const drop = (at: number) =>
    add({ service: 'SessionManager' } as never, { id: `txn-${at}`, now: at, session } as never, 'SESSION_DROP', 'X')
  for (let i = 0; i < 8; i++) drop(i * 2 * MINUTE)
  assert.deepEqual([...new Set(events().map(({ priority }) => priority))], ['low'])
  for (let i = 0; i < 8; i++) drop(60 * MINUTE + i)
  assert.equal(events().filter(({ priority }) => priority === 'high').length, 1)
  assert.equal(
    events().findIndex(({ priority }) => priority === 'high'),
    13,
  )
})
