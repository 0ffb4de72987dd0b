import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { node } from '../receivers/node/index.ts'
import { foldSightings } from '../store/fingerprints/fold.ts'
import { matchesInHistory } from '../store/known-issues/history.ts'
import { readKnownIssues, writeKnownIssue } from '../store/known-issues/issues.ts'
import { triageRound } from '../store/known-issues/triage-round.ts'
import { addNode } from '../store/nodes.ts'
import { openStoredEdge } from './edge-receiver.ts'
import { createDatabase } from './postgres.ts'
import { runCommand } from './sensorium-process.ts'
import { temporaryFolder } from './temporary-folder.ts'

const OPTIONS = { receiver: 'triage', recipient: 'it-support' }
const BEAT = { uptime: 1_000, connection_state: 'connected', ws_failure_count: 0, memory_mb: 60, error_count: 0 }

async function openTriage(t: TestContext) {
  const edge = await openStoredEdge(t, node, { registry_refresh_ms: 100, read_tokens: ['dashboard'] })
  const add = (nodeId: string, name: string, userId: string) =>
    addNode(edge.client, { nodeId, name, userId, environment: 'prod', heartbeatIntervalS: 30 })
  const kitchen = await add('kitchen', 'Kitchen Laptop', 'Nana')
  const support = await add('it-support', 'IT Support', 'kriz')
  const send = (path: string, body: object, key: string) => edge.post(path, JSON.stringify(body), { 'x-node-key': key })
  const sendCrash = async (key: string, version: string, line: string) => {
    const entries = [line, 'EXIT code=1']
    const report = {
      type: 'crash_report',
      entries,
      node_version: version,
      os: 'win32',
      timestamp: new Date().toISOString(),
    }
    assert.equal((await send('/api/node/telemetry', report, key)).status, 202)
  }
  const crash = async (version: string, line = 'UNCAUGHT: EADDRINUSE 127.0.0.1:9847') => {
    await sendCrash(kitchen, version, line)
    await triageRound(edge.client, OPTIONS)
  }
  const beat = (key: string, version: string) => send('/api/node/heartbeat', { ...BEAT, version }, key)
  const told = async () =>
    (await edge.rows('SELECT finding FROM reflex_outbox ORDER BY id')).map(({ finding }) => finding)
  return { ...edge, sendCrash, kitchen, support, crash, beat, told }
}

test('a crash with EADDRINUSE at 0.3.0 is matched, 0.3.1 asked for, and a later crash at 0.3.1 reopens it and reaches a person', async t => {
  const { client, crash, beat, told, rows, http, kitchen, support } = await openTriage(t)
  await crash('0.3.0')
  assert.partialDeepStrictEqual(await rows('SELECT node_id, type, payload, state FROM node_commands'), [
    { node_id: 'kitchen', type: 'SOFTWARE_UPDATE', payload: { version: '0.3.1' }, state: 'pending' },
  ])
  assert.partialDeepStrictEqual(await told(), [
    { event: 'triage.update_requested', severity: 'info', attributes: { 'known_issue.name': 'port-conflict' } },
  ])
  await crash('0.3.0')
  assert.equal((await rows('SELECT FROM node_commands')).length, 1, 'asked for once')

  await beat(kitchen, '0.3.1')
  await triageRound(client, OPTIONS)
  assert.deepEqual(await rows('SELECT state FROM node_commands'), [{ state: 'done' }])
  assert.deepEqual(await rows(`SELECT DISTINCT resolved FROM node_telemetry WHERE severity = 'critical'`), [
    { resolved: true },
  ])
  assert.deepEqual((await beat(support, '1.0')).json.messages, undefined)

  await crash('0.3.1')
  const [reopened] = (await readKnownIssues(client)).filter(({ name }) => name === 'port-conflict')
  assert.deepEqual([reopened!.status, reopened!.reopenedVersion], ['reopened', '0.3.1'])
  assert.partialDeepStrictEqual((await told()).at(-1), { event: 'triage.reopened', severity: 'critical' })
  const read = await http.request('/api/node/telemetry?node_id=kitchen&limit=1', {
    headers: { authorization: 'Bearer dashboard' },
  })
  const { telemetry } = (await read.json()) as { telemetry: readonly object[] } // ours
  assert.partialDeepStrictEqual(telemetry, [{ triage: { outcome: 'reopened', known_issue: 'port-conflict' } }])

  await t.test('who is told over the bridge hears of it with the next heartbeat, once', async () => {
    const heard: { class: string; message: string }[] = []
    while (heard.length === 0) heard.push(...(((await beat(support, '1.0')).json.messages ?? []) as typeof heard)) // the registry is read again now and then
    assert.match(
      heard[0]!.message,
      /^FROM: Telemetry System\nCLASS: node_issue\nMSG: Node "Kitchen Laptop" \(user: Nana\) crash report:\n {5}UNCAUGHT: EADDRINUSE 127\.0\.0\.1:9847\n/,
    )
    assert.deepEqual([heard.length, (await beat(support, '1.1')).json.messages], [1, undefined])
  })
})

test('what nobody knows reaches a person, and what mends itself nobody', async t => {
  const { client, crash, told, rows } = await openTriage(t)
  await crash('9.9.9', 'UNCAUGHT: TypeError: no such thing')
  const issue = { sources: undefined, services: undefined, description: undefined, fixVersion: undefined }
  const rest = { fixCommit: undefined, fixInstructions: undefined, autoResolve: false }
  await writeKnownIssue(client, {
    ...issue,
    ...rest,
    name: 'flake',
    pattern: 'ECONNRESET',
    matchKind: 'keywords',
    fixType: 'self_healing',
  })
  await crash('9.9.9', 'UNCAUGHT: read ECONNRESET')
  assert.deepEqual(
    (await told()).map(one => (one as { event: string }).event),
    ['triage.unknown', 'triage.self_healing'],
  )
  assert.equal((await rows('SELECT FROM bridge_comms')).length, 1)
})

test('a crash is known by the group of its problem', async t => {
  const { client, sendCrash, kitchen, told } = await openTriage(t)
  await client.query(
    `INSERT INTO fingerprints (fingerprint, group_id, automatic_group, kind, version, template, sample, severity_number, records, first_seen, last_seen)
     VALUES (8, 7, 7, 'error', 1, 'Error at boot', 'Error at boot', 17, 1, now(), now())`,
  )
  await writeKnownIssue(client, {
    ...{ name: 'boot', pattern: '0000000000000007', matchKind: 'group', sources: ['node'], services: undefined },
    ...{ description: undefined, fixType: 'self_healing', fixVersion: undefined, fixCommit: undefined },
    ...{ fixInstructions: undefined, autoResolve: false },
  })
  await sendCrash(kitchen, '9.9.9', 'UNCAUGHT: Error: of the boot')
  await client.query('UPDATE node_telemetry SET fingerprint = 8')
  await triageRound(client, OPTIONS)
  assert.partialDeepStrictEqual(await told(), [
    { event: 'triage.self_healing', attributes: { 'known_issue.name': 'boot' } },
  ])
})

test('issues are added, tried on history and imported; what cannot be used is refused with words', async t => {
  const database = await createDatabase()
  const edge = await openStoredEdge(t, node, {}, database)
  const key = await addNode(edge.client, { nodeId: 'n', name: 'n', environment: 'prod', heartbeatIntervalS: 30 })
  const report = { type: 'crash_report', entries: ['UNCAUGHT: Error: ENOSPC: no space left'], node_version: '1.0' }
  await edge.post('/api/node/telemetry', JSON.stringify(report), { 'x-node-key': key })
  const run = (...args: string[]) => runCommand(['known-issues', ...args], { DATABASE_URL: database.url })
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout)
  const { writeFileSync } = await import('node:fs')
  const file = `${temporaryFolder('issues')}/issues.yaml`
  writeFileSync(file, '- { name: disk-full, pattern: ENOSPC, fix_type: manual }\n')
  while ((await foldSightings(edge.client)).sightings > 0);
  const [{ matches }] = await json('import', file, '--preview')
  assert.ok(matches.length <= 1)
  assert.deepEqual((await json('list')).length, 2)
  assert.deepEqual(await json('import', file), { kept: ['disk-full'] })
  assert.equal((await json('test', 'Error: ENOSPC')).name, 'disk-full')
  assert.equal(await json('test', 'all is well'), null)
  for (const [args, words] of [
    [['add', 'evil', '--pattern', '(?=a)b'], /no RE2 expression/],
    [['add', 'when', '--pattern', 'x', '--fix', 'update'], /say by which version/],
    [['add', 'how', '--pattern', 'x', '--instructions', '{'], /no JSON/],
  ] as const) {
    const { code, stderr } = await run(...args)
    assert.equal(code === 0, false)
    assert.match(stderr, words)
  }
  writeFileSync(file, '- { name: disk-full, pattern: "(", fix_typo: manual }\n')
  assert.match((await run('import', file)).stderr, /fix_typo/)
})

test('history is matched by templates and samples', async t => {
  const { client } = await openStoredEdge(t, node, {})
  const [issue] = await readKnownIssues(client)
  await client.query(
    `INSERT INTO fingerprints (fingerprint, group_id, automatic_group, kind, version, template, sample, severity_number, records, first_seen, last_seen)
     VALUES (7, 7, 7, 'error', 1, 'Error at listen', 'listen EADDRINUSE :::80', 17, 12, now(), now()), (8, 8, 8, 'log', 1, 'fine', 'fine', 9, 3, now(), now())`,
  )
  const found = await matchesInHistory(client, issue!, new Date(Date.now() - 60_000))
  assert.deepEqual(
    found.map(({ fingerprint, records }) => [fingerprint, records]),
    [['0000000000000007', 12]],
  )
})
