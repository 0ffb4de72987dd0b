import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '../../tests/postgres.ts'
import { runCommand } from '../../tests/sensorium-process.ts'

test('silences are made, listed and ended, with who, why and until; what is no silence is refused with what to do', async () => {
  const { url } = await createDatabase()
  const run = (...args: string[]) => runCommand(['silences', ...args], { DATABASE_URL: url })
  const added = await run(
    'add',
    'service="shop"',
    'severity!="critical"',
    '--for',
    '2h',
    '--why',
    'known',
    '--by',
    'ada',
    '--json',
  )
  assert.equal(added.code, 0, added.stderr)
  const { id } = JSON.parse(added.stdout) as { id: number } // printed by --json
  const window = await run(
    'add',
    '--maintenance',
    'environment="prod"',
    '--from',
    '2199-12-05T22:00:00Z',
    '--until',
    '2199-12-06T02:00:00Z',
    '--why',
    'the database moves',
    '--by',
    'bob',
  )
  assert.match(
    window.stdout,
    /^maintenance \d+: environment="prod" from 2199-12-05T22:00:00.000Z until 2199-12-06T02:00:00.000Z/,
  )
  const listed = JSON.parse((await run('list', '--json')).stdout) as Record<string, unknown>[] // printed by --json
  assert.deepEqual(
    listed.map(({ kind, state, matchers, created_by, reason }) => ({ kind, state, matchers, created_by, reason })),
    [
      {
        kind: 'maintenance',
        state: 'pending',
        matchers: ['environment="prod"'],
        created_by: 'bob',
        reason: 'the database moves',
      },
      {
        kind: 'silence',
        state: 'active',
        matchers: ['service="shop"', 'severity!="critical"'],
        created_by: 'ada',
        reason: 'known',
      },
    ],
  )
  assert.equal((await run('end', String(id), '--by', 'eve')).code, 0)
  const all = JSON.parse((await run('list', '--all', '--json')).stdout) as Record<string, unknown>[] // printed by --json
  assert.deepEqual(all.find(silence => silence.id === id)?.ended_by, 'eve')
  const refused: [string[], RegExp][] = [
    [['end', String(id)], /no silence \d+ holds or is to come/],
    [['add', 'shop', '--for', '1h', '--why', 'x'], /is no matcher/],
    [['add', 'service="a"', '--why', 'x'], /say how long/],
    [['add', 'service="a"', '--for', '1h'], /--why/],
    [['add', 'service="a"', '--until', '2020-01-01T00:00:00Z', '--why', 'x'], /end before it begins/],
  ]
  for (const [args, message] of refused) {
    const { code, stderr } = await run(...args)
    assert.equal(code, 1, args.join(' '))
    assert.match(stderr, message)
  }
})
