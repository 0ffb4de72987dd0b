import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../postgres.ts'
import { environmentOf, freePorts, ROOT, runCommand, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const BIN = path.join(ROOT, 'bin/sensorium.mjs')

/** A command as somebody types it in another folder, with nothing set. */
function inFolder(cwd: string, args: readonly string[], environment: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH, HOME, ...environment },
  })
  return { code: status, stdout, stderr }
}

/** Whatever asks, and whatever changes something that has to be there. */
const ASKING: readonly (readonly string[])[] = [
  ['sql', 'SELECT 1'],
  ['search', 'disk is full'],
  ['groups', 'list'],
  ['groups', 'show', '0123456789abcdef'],
  ['groups', 'rules'],
  ['tokens', 'list'],
  ['tokens', 'add', 'ada'],
  ['nodes', 'list'],
  ['nodes', 'add', 'kitchen'],
  ['store', 'status'],
  ['store', 'compact'],
  ['migrate', '--dry-run'],
  ['reembed'],
  ['mcp'],
]

test('no command but start and migrate makes a database: another folder is told, and stays as it was', () => {
  const folder = temporaryFolder('elsewhere')
  const environment = { XDG_STATE_HOME: path.join(folder, 'state') }
  const cwd = path.join(folder, 'cwd')
  mkdirSync(cwd)
  for (const args of ASKING) {
    const { code, stderr } = inFolder(cwd, args, environment)
    assert.equal(code, 1, args.join(' '))
    assert.match(stderr, /^sensorium: there is no database in .*sensorium start.*SENSORIUM_DATA_DIR/, args.join(' '))
    assert.deepEqual(readdirSync(cwd), [], args.join(' '))
  }
})

test('a database of somebody else is told apart and gets no tables', async () => {
  const { url } = await createDatabase({ migrated: false })
  const client = new pg.Client(url)
  await client.connect()
  try {
    for (const args of ASKING.filter(([name]) => !['sql', 'search', 'migrate', 'reembed'].includes(name!))) {
      const { code, stderr } = await runCommand(args, { DATABASE_URL: url })
      assert.equal(code, 1, args.join(' '))
      assert.match(stderr, /holds no tables of Sensorium: is DATABASE_URL the right one\?/, args.join(' '))
    }
    const { rows } = await client.query(`SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'`)
    assert.deepEqual(rows, [{ n: 0 }])
  } finally {
    await client.end()
  }
})

test('a data folder that holds other files is refused and left as it was', () => {
  const folder = temporaryFolder('others')
  for (const name of ['thesis.txt', 'photo.jpg', 'a', 'b']) writeFileSync(path.join(folder, name), 'mine')
  for (const args of [['start', '--json'], ['migrate'], ['sql', 'SELECT 1']]) {
    const { code, stderr } = inFolder(folder, args, { SENSORIUM_DATA_DIR: folder })
    assert.equal(code, 1)
    assert.match(
      stderr,
      args[0] === 'sql' ? /there is no database/ : /holds other files \(a, b, photo.jpg and 1 more\)/,
    )
    assert.deepEqual(readdirSync(folder).sort(), ['a', 'b', 'photo.jpg', 'thesis.txt'])
  }
})

test('demo and the reading commands find the running server from any folder; its printed URL gets a sentence', async t => {
  const folder = temporaryFolder('found')
  const home = { XDG_STATE_HOME: path.join(folder, 'state') }
  const data = path.join(folder, 'postgres')
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { SENSORIUM_DATA_DIR: data, ...home } })
  t.after(() => sensorium.end('SIGTERM'))
  const cwd = path.join(folder, 'cwd')
  mkdirSync(cwd)

  const demo = inFolder(cwd, ['demo', '--minutes', '2', '--rate', '0.5', '--truth', path.join(folder, 't.json')], home)
  assert.equal(demo.code, 0, demo.stderr)
  const counted = inFolder(cwd, ['sql', 'SELECT count(*) > 0 AS some FROM trace_spans', '--json'], home)
  assert.deepEqual(JSON.parse(counted.stdout), [{ some: true }])
  assert.match(counted.stderr, new RegExp(`asking the one of pid ${sensorium.pid} in ${data}`))
  assert.deepEqual(readdirSync(cwd), [])

  const { guest } = JSON.parse(readFileSync(path.join(data, 'credentials.json'), 'utf8')) as { guest: string }
  const DATABASE_URL = `postgres://sensorium_guest:${guest}@127.0.0.1:${ports.database}/sensorium`
  assert.equal((await runCommand(['groups', 'list'], { DATABASE_URL })).code, 0, 'what reads works with it')
  for (const args of [['migrate'], ['start', '--json'], ['tokens', 'add', 'ada'], ['store', 'compact']]) {
    const others = args[0] === 'start' ? environmentOf(await freePorts()) : {}
    const { code, stderr } = await runCommand(args, { DATABASE_URL, ...others })
    assert.equal(code, 1)
    assert.match(stderr, /the login of DATABASE_URL may not do that. The URL that the banner prints only reads/)
    assert.doesNotMatch(stderr, /\n\s+at /, 'no stack')
  }

  await sensorium.end('SIGTERM')
  assert.deepEqual(readdirSync(path.join(home.XDG_STATE_HOME, 'sensorium/running')), [])
  assert.ok(!existsSync(path.join(cwd, 'data')))
})

test('a value that no command knows is refused with those that it takes', async () => {
  for (const [args, allowed] of [
    [['groups', 'list', '--kind', 'span'], /Allowed choices are log, error/],
    [['groups', 'list', '--status', 'foo'], /Allowed choices are open, resolved, regressed/],
    [['search', 'x', '--kind', 'span'], /Allowed choices are log, error/],
    [['search', 'x', '--limit', '0'], /a number from 1 to 100/],
    [['demo', '--world', 'mars'], /Allowed choices are /],
    [['demo', '--seed', 'x'], /write a number/],
  ] as const) {
    const { code, stderr } = await runCommand(args, {})
    assert.equal(code, 1, args.join(' '))
    assert.match(stderr, allowed, args.join(' '))
  }
})
