import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { writeCodePlaces } from '../../../store/code/changes.ts'
import { testComponent } from '../../../tests/contract/index.ts'
import { createDatabase } from '../../../tests/postgres.ts'
import { temporaryFolder } from '../../../tests/temporary-folder.ts'
import { gitSource } from './git.ts'
import { code } from './index.ts'
import { readRanges, readRepository } from './read.ts'

testComponent(code)

const LIMITS = { timeoutMs: 30_000, maxBytes: 100_000 }
const quiet = { warn: () => {} }
const WHO = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false']

function clone() {
  const folder = temporaryFolder('clone')
  const git = (...args: string[]) => execFileSync('git', [...WHO, '-C', folder, ...args], { encoding: 'utf8' }).trim()
  git('init', '-q', '-b', 'main')
  const commit = (title: string, files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(`${folder}/${name}`, text)
    git('add', '-A')
    git('commit', '-q', '-m', title)
    return git('rev-parse', 'HEAD')
  }
  return { folder, git, commit }
}

async function open(t: TestContext) {
  const { url } = await createDatabase()
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  const rows = async (sql: string) => (await client.query(sql)).rows
  const read = (folder: string, ref = 'main') =>
    readRepository(client, 'ev', gitSource(folder, LIMITS), ref, { commits_max: 50 }, quiet)
  return { client, rows, read }
}

test('what commits changed is stored once, and blame() tells it of a service', async t => {
  const { client, rows, read } = await open(t)
  const { folder, commit } = clone()
  commit('First', { 'session.ts': 'function startSession() {\n  retry(3)\n}\n' })
  await read(folder)
  const id = commit('Retry once', { 'session.ts': 'function startSession() {\n  retry(1)\n}\n' })
  await read(folder)
  await read(folder)
  await writeCodePlaces(client, [{ service: 'SessionManager', repository: 'ev', path: 'session.ts' }])
  const found = await rows(`SELECT * FROM blame('SessionManager', now() - interval '1 hour')`)
  assert.deepEqual(found.map(({ title }) => title).sort(), ['First', 'Retry once'])
  const retried = found.find(row => row.commit === id)
  assert.partialDeepStrictEqual(retried, { path: 'session.ts', author: 'Ada', added: 1, removed: 1 })
  assert.deepEqual(await rows(`SELECT FROM blame('Payment', now() - interval '1 hour')`), [])
})

test('a clone that is missing is noted, one that was rewritten is read anew, and a huge diff is told without its hunks', async t => {
  const { rows, read } = await open(t)
  const { folder, git, commit } = clone()
  const note = async () => (await rows('SELECT note FROM code_repositories'))[0]?.note
  await read(`${folder}/nowhere`)
  assert.match(await note(), /cannot be read from/)
  const first = commit('First', { 'a.ts': '1\n' })
  commit('Second', { 'a.ts': '2\n' })
  await read(folder)
  assert.equal(await note(), null)

  git('reset', '-q', '--hard', first)
  commit('Generated', { 'big.json': 'x'.repeat(79).concat('\n').repeat(5_000) })
  git('reflog', 'expire', '--expire=now', '--all')
  git('gc', '-q', '--prune=now')
  await read(folder)
  assert.match(await note(), /history was rewritten.*more than 100,000 bytes/s)
  assert.partialDeepStrictEqual(
    await rows(`SELECT path, added, is_cut, hunks FROM code_changes WHERE title = 'Generated'`),
    [{ path: 'big.json', added: 5_000, is_cut: true, hunks: [] }],
  )
  rmSync(`${folder}/.git`, { recursive: true })
  await read(folder)
  assert.match(await note(), /cannot be read from/)
})

test('a diff of 50 MB is read as far as its limit, in bounded memory, and its note says so', async t => {
  const { rows, read } = await open(t)
  const { folder, commit } = clone()
  commit('First', { 'a.ts': '1\n' })
  await read(folder)
  // Many files, and one of which a single line is longer than all that is kept.
  const files = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`${i}.json`, '{"n":1234567}\n'.repeat(100_000)]),
  )
  const id = commit('Vendor it', { ...files, 'minified.js': 'x'.repeat(22_000_000) })
  const used = () => process.memoryUsage().heapUsed + process.memoryUsage().external
  let [least, rise, looks] = [used(), 0, 0]
  const watch = setInterval(() => {
    looks++
    least = Math.min(least, used())
    rise = Math.max(rise, used() - least)
  }, 5)
  t.after(() => clearInterval(watch))
  await read(folder)
  assert.ok(looks > 10 && rise < 25_000_000, `${rise} bytes more`)
  const [{ note }] = await rows('SELECT note FROM code_repositories')
  assert.match(note, new RegExp(`the diff of ${id.slice(0, 12)} has more than 100,000 bytes: only its files are known`))
  const kept = await rows(`SELECT path, added, is_cut, hunks FROM code_changes WHERE title = 'Vendor it' ORDER BY path`)
  assert.equal(kept.length, 21)
  assert.deepEqual(kept.at(-1), { path: 'minified.js', added: 1, is_cut: true, hunks: [] })
})

test('a commit of more files than are read holds up none after it', async t => {
  const { rows, read } = await open(t)
  const { folder, commit } = clone()
  const files = Object.fromEntries(
    Array.from({ length: 2_000 }, (_, i) => [`${'generated'.repeat(6)}-${i}.txt`, '1\n']),
  )
  commit('Generate', files)
  commit('After it', { 'a.ts': '1\n' })
  await read(folder)
  assert.match((await rows('SELECT note FROM code_repositories'))[0].note, /and so has the list of its files/)
  assert.deepEqual(await rows('SELECT title, path FROM code_changes'), [{ title: 'After it', path: 'a.ts' }])
})

test('a name that git would take for an option, a range or a command is none', async () => {
  const { folder, commit } = clone()
  commit('First', { 'a.ts': '1\n' })
  const source = gitSource(folder, LIMITS)
  for (const ref of ['--output=/tmp/x', 'main..other', 'main; rm -rf /', '$(id)', '']) {
    await assert.rejects(source.resolve(ref), /is no name of a commit/)
  }
  assert.match(await source.resolve('main'), /^[0-9a-f]{40}$/)
})

test('the commits between two releases of a clone are those of its tags', async t => {
  const { client, rows } = await open(t)
  const { folder, git, commit } = clone()
  commit('First', { 'a.ts': '1\n' })
  git('tag', 'v1.0')
  const ids = [commit('Second', { 'a.ts': '2\n' }), commit('Third', { 'a.ts': '3\n' })]
  git('tag', '-a', 'v1.1', '-m', 'release')
  commit('Fourth', { 'a.ts': '4\n' })
  await writeCodePlaces(client, [{ service: 'sessions', repository: 'ev', path: '' }])
  await client.query(`INSERT INTO service_releases VALUES ('sessions', 'prod', '1.0', now() - interval '2 hours', now()),
    ('sessions', 'prod', '1.1', now() - interval '1 hour', now())`)
  await readRanges(client, 'ev', gitSource(folder, LIMITS), { commits_max: 50 }, new AbortController().signal)
  const [range] = await rows('SELECT commits FROM code_ranges')
  assert.deepEqual(range.commits, ids.toReversed())
})
