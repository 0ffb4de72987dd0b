import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { writeCodePlaces } from '../../../../store/code/changes.ts'
import { knownAnswers } from '../../../../store/code/known-answers.ts'
import { readBetween } from '../../../../store/code/ranges.ts'
import { createDatabase } from '../../../../tests/postgres.ts'
import { openHttpService, type ReceivedRequest, type ScriptedAnswer } from '../../../../tests/told/http-service.ts'
import { readRanges, readRepository } from '../read.ts'
import { gitHubClient } from './client.ts'
import { gitHubSource } from './index.ts'

const NEVER = new AbortController().signal
const quiet = { warn: () => {} }
const id = (n: number) => String(n).padStart(40, 'a')

const PATCH = `@@ -8,7 +8,8 @@ export function startSession(id: string) {
   const station = find(id)
   if (station === undefined) return
   begin(station)
-  retry(3)
+  retry(1)
+  logger.error(\`station \${id} gave up after one try\`)
   return station
 }
 `

/** As much of GitHub as is asked: commits 1 to `latest` in a line, tags, pages of two, ETags, a limit. */
function openGitHub(latest: number) {
  const state = { latest, remaining: 5_000, tags: new Map<string, number>(), elsewhere: false, base: '' }
  const json = (body: unknown, headers: Record<string, string> = {}): ScriptedAnswer => ({
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
  const commit = (n: number) => ({
    sha: id(n),
    commit: {
      message: `Change ${n}\n\nmore`,
      author: { name: 'Ada', date: '2026-11-30T10:00:00Z' },
      committer: { name: 'GitHub', date: new Date(Date.parse('2026-11-30T10:00:00Z') + n * 60_000).toISOString() },
    },
  })
  const paged = (rows: readonly unknown[], url: URL, wrap: (rows: readonly unknown[]) => unknown) => {
    const page = Number(url.searchParams.get('page') ?? 1)
    url.searchParams.set('page', String(page + 1))
    const next = state.elsewhere ? 'https://evil.example/' : `${state.base}${url.pathname}${url.search}`
    const link: Record<string, string> =
      page * 2 < rows.length ? { link: `<${next}>; rel="next", <x>; rel="last"` } : {}
    return json(wrap(rows.slice(page * 2 - 2, page * 2)), link)
  }
  const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
  function answer({ path, headers }: ReceivedRequest): ScriptedAnswer {
    const url = new URL(path, 'http://github')
    const [, what, name = ''] = /^\/repos\/ev\/sessions\/(commits|compare)(?:\/(.+))?$/.exec(url.pathname) ?? []
    const isMissing = { status: 404, body: '{"message":"Not Found"}' }
    if (what === 'compare') {
      const [from, to] = name.split('...').map(one => Number(one.replace(/^a+/, '')))
      if (from! > state.latest) return isMissing
      return paged(range(from! + 1, to!).map(commit), url, commits => ({ commits }))
    }
    if (what !== 'commits') return isMissing
    if (name === '') return paged(range(1, state.latest).toReversed().map(commit), url, rows => rows)
    if (headers.accept === 'application/vnd.github.sha') {
      const n = name === 'main' ? state.latest : state.tags.get(decodeURIComponent(name))
      if (n === undefined) return { ...isMissing, status: 422 }
      const etag = `"${n}"`
      if (headers['if-none-match'] === etag) return { status: 304, headers: { etag } }
      return { body: id(n), headers: { etag } }
    }
    const n = Number(name.replace(/^a+/, ''))
    const file = { filename: 'src/session.ts', status: 'modified', additions: 2, deletions: 1, patch: PATCH }
    const large = { filename: 'big.json', status: 'modified', additions: 90_000, deletions: 1 }
    const picture = { filename: 'logo.png', status: 'added', additions: 0, deletions: 0 }
    return paged(n === 3 ? [file, picture, large] : [file], url, files => ({ ...commit(n), files }))
  }
  const respond = (request: ReceivedRequest): ScriptedAnswer => {
    if (request.headers.authorization !== 'Bearer read-only') return { status: 401 }
    if (state.remaining === 0) {
      const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1_000) + 60) }
      return { status: 403, headers, body: '{"message":"API rate limit exceeded"}' }
    }
    const found = answer(request)
    // A 304 costs nothing.
    if (found.status !== 304) state.remaining -= 1
    return {
      ...found,
      headers: { ...found.headers, 'x-ratelimit-remaining': String(state.remaining), 'x-ratelimit-reset': '60' },
    }
  }
  return { state, respond }
}

async function open(t: TestContext, latest: number, more: { token?: string; max_diff_bytes?: number } = {}) {
  const { state, respond } = openGitHub(latest)
  const service = await openHttpService(respond)
  t.after(service.close)
  state.base = service.url
  const { url } = await createDatabase()
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  const { token = 'read-only', max_diff_bytes = 100_000 } = more
  const pause = { until: 0 }
  let now = Date.now()
  const limits = { timeout_ms: 30_000, max_diff_bytes }
  const github = gitHubClient({ token, api_url: service.url }, limits, knownAnswers(client), pause, NEVER, () => now)
  const source = gitHubSource(github, 'ev/sessions')
  const rows = async (sql: string) => (await client.query(sql)).rows
  return {
    ...{ ...service, state, client, source, rows, pause },
    later: (ms: number) => {
      now += ms
    },
    read: () => readRepository(client, 'ev', source, 'main', { commits_max: 50 }, quiet),
    note: async () => (await rows('SELECT note FROM code_repositories'))[0]?.note as string | null,
  }
}

test('commits of GitHub are read once, page by page, with the lines that changed and no others', async t => {
  const { read, rows, note, requests, state } = await open(t, 5)
  await read()
  const found = await rows(
    `SELECT commit, title, author, path, added, removed, is_cut, hunks FROM code_changes ORDER BY commit, path`,
  )
  assert.deepEqual(
    found.map(row => row.title),
    ['Change 1', 'Change 2', 'Change 3', 'Change 3', 'Change 3', 'Change 4', 'Change 5'],
  )
  assert.partialDeepStrictEqual(found[0], {
    author: 'Ada',
    path: 'src/session.ts',
    added: 2,
    removed: 1,
    is_cut: false,
  })
  const within = 'export function startSession(id: string) {'
  const messages = ['station ${id} gave up after one try']
  assert.deepEqual(found[0].hunks, [{ start: 11, lines: 2, function: within, messages, isOnlySaid: false }])
  assert.deepEqual(
    found.filter(row => row.title === 'Change 3').map(row => [row.path, row.is_cut, row.hunks.length]),
    [
      ['big.json', true, 0],
      ['logo.png', true, 0],
      ['src/session.ts', true, 1],
    ],
  )
  assert.match((await note())!, /the diff of a{12} is not whole at GitHub: of some files/)

  const before = requests.length
  const left = state.remaining
  await read()
  assert.deepEqual([requests.length - before, left - state.remaining], [1, 0], 'what is still so costs nothing')
  assert.equal(requests.at(-1)!.headers['if-none-match'], '"5"')
  state.latest = 8
  await read()
  assert.equal((await rows('SELECT DISTINCT commit FROM code_changes')).length, 8)
  assert.equal(await note(), null)
})

test('a limit that is used up is waited for, and the next turn goes on from where it was', async t => {
  const { read, rows, note, state, requests, later } = await open(t, 5)
  state.remaining = 6
  await read()
  const known = (await rows('SELECT DISTINCT commit FROM code_changes')).length
  assert.ok(known > 0 && known < 5, `${known}`)
  assert.match((await note())!, /limit of requests is used up until \d{4}-/)
  const asked = requests.length
  await read()
  assert.equal(requests.length, asked, 'nothing is asked before then')
  state.remaining = 5_000
  later(120_000)
  await read()
  assert.equal((await rows('SELECT DISTINCT commit FROM code_changes')).length, 5)
  const diffs = requests.filter(({ path }) => /commits\/a+\d/.test(path)).map(({ path }) => path)
  assert.ok(new Set(diffs).size >= diffs.length - 1, 'no commit but the one that was interrupted is asked for twice')
})

test('a history that was rewritten is read anew; a token that is none, and a page elsewhere, are told', async t => {
  const { read, note, state, client, rows } = await open(t, 3)
  await client.query(`INSERT INTO code_repositories VALUES ('ev', $1, NULL, now())`, [id(9)])
  await read()
  assert.match((await note())!, /history was rewritten/)
  assert.equal((await rows('SELECT DISTINCT commit FROM code_changes')).length, 3)
  state.latest = 9
  state.elsewhere = true
  await read()
  assert.match((await note())!, /its next page is at another address/)
  const other = await open(t, 3, { token: 'wrong' })
  await other.read()
  assert.match(
    (await other.note())!,
    /^ev cannot be read from http:.*does not know the token \(receivers\.code\.github\.token\)$/,
  )
})

test('an answer past every limit is told, and no name leads out of the repository', async t => {
  const { read, note, source } = await open(t, 2, { max_diff_bytes: 500 })
  await read()
  assert.match((await note())!, /the diff of a{12} has more than 500 bytes \(max_diff_bytes\): nothing of it is known/)
  for (const ref of ['../../user', 'main..other', '--output=x', ''])
    await assert.rejects(source.resolve(ref), /no name of a commit/)
})

test('the commits between two releases are those of their tags, and a name that is no tag is told', async t => {
  const { client, source, state, rows, later } = await open(t, 6)
  await writeCodePlaces(client, [{ service: 'sessions', repository: 'ev', path: '' }])
  await client.query(`INSERT INTO service_releases VALUES ('sessions', 'prod', '1.0', now() - interval '3 hours', now()),
    ('sessions', 'prod', '1.1', now() - interval '2 hours', now()), ('sessions', 'prod', '1.2', now() - interval '1 hour', now())`)
  state.tags.set('v1.0', 2).set('sessions@1.1', 5)
  await readRanges(client, 'ev', source, { commits_max: 50 }, NEVER)
  assert.deepEqual(await rows('SELECT previous, release, commits, note FROM code_ranges ORDER BY release'), [
    { previous: '1.0', release: '1.1', commits: [id(5), id(4), id(3)], note: null },
    {
      ...{ previous: '1.1', release: '1.2', commits: null },
      note: 'release 1.2 is no tag, branch or commit: it is looked for as 1.2, v1.2, sessions@1.2, sessions-1.2',
    },
  ])
  const read = async (sql: string, values: readonly unknown[]) => (await client.query(sql, [...values])).rows
  const between = await readBetween(read, 'sessions', '1.0', '1.1')
  assert.deepEqual([...new Set(between!.map(({ title }) => title))], ['Change 5', 'Change 4', 'Change 3'])
  assert.equal(await readBetween(read, 'sessions', '1.1', '1.2'), undefined)
  const asked = state.remaining
  later(1)
  await readRanges(client, 'ev', source, { commits_max: 50 }, NEVER)
  assert.equal(state.remaining, asked, 'a name that nobody has tagged is not looked for at each turn')
})
