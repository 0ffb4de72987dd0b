import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { Outcome } from '../../delivery/delivery.ts'
import { createSpool, type SpoolLimits } from './spool.ts'
import { agentFolder, runNode } from './testing/node.ts'

const LIMITS: SpoolLimits = { maxFiles: 100, maxBytes: 10_000, maxReportBytes: 1_000 }

function open(folder: string, limits: Partial<SpoolLimits> = {}) {
  const warnings: string[] = []
  const spool = createSpool(folder, { ...LIMITS, ...limits }, (kind, message) => warnings.push(`${kind}: ${message}`))
  const drainAll = async () => {
    const bodies: string[] = []
    const take = async (body: string): Promise<Outcome> => {
      bodies.push(body)
      return 'sent'
    }
    assert.equal(await spool.drain(take), undefined)
    return bodies
  }
  return { spool, warnings, drainAll }
}

test('past the limit of files or of bytes the oldest reports go, and are counted', async () => {
  const { spool, warnings, drainAll } = open(agentFolder(), { maxFiles: 3, maxBytes: 1_000 })
  for (let i = 0; i < 5; i++) {
    spool.add(`"${i}"`)
    await spool.settled()
  }
  assert.deepEqual(await spool.counts(), { pending: 3, dropped: 2, refused: 0 })
  spool.add(`"${'x'.repeat(995)}"`)
  await spool.settled()
  assert.deepEqual(await spool.counts(), { pending: 2, dropped: 4, refused: 0 })
  assert.deepEqual(
    (await drainAll()).map(body => body.slice(0, 2)),
    ['"4', '"x'],
  )
  assert.match(warnings.at(-1)!, /^dropped: the spool is full, the oldest reports go: 4 dropped so far$/)
})

test('a report over the limit of one is dropped and counted, and takes no other with it', async () => {
  const { spool, warnings, drainAll } = open(agentFolder())
  spool.add('"small"')
  spool.add('x'.repeat(1_001))
  await spool.settled()
  assert.deepEqual(await drainAll(), ['"small"'])
  assert.equal((await spool.counts()).dropped, 1)
  assert.match(String(warnings), /a report of 1001 bytes is too large: 1 dropped/)
})

test('reports that come faster than the disk takes them fill no memory without limit', async () => {
  const { spool, drainAll } = open(agentFolder(), { maxFiles: 10 })
  for (let i = 0; i < 1_000; i++) spool.add(`${i}`)
  await spool.settled()
  assert.deepEqual(await spool.counts(), { pending: 10, dropped: 990, refused: 0 })
  assert.deepEqual(await drainAll(), ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
})

test('the limits hold for what an earlier process left, and a clock that was set back keeps the order', async t => {
  const folder = agentFolder()
  const first = open(folder)
  for (let i = 0; i < 5; i++) first.spool.add(`${i}`)
  await first.spool.settled()
  t.mock.timers.enable({ apis: ['Date'], now: 1_000 })
  const second = open(folder, { maxFiles: 4 })
  second.spool.add('5')
  await second.spool.settled()
  assert.deepEqual(await second.drainAll(), ['2', '3', '4', '5'])
  assert.equal((await second.spool.counts()).dropped, 2)
})

test('a report that was not written to the end is dropped and counted; one that was is sent', async () => {
  const folder = agentFolder({
    '000001700000000-1.json.tmp': '{"whole":1}',
    '000001700000001-1.json.exit.tmp': '{"whole":2}',
    '000001700000002-1.json.tmp': '{"torn":',
  })
  const { spool, drainAll } = open(folder)
  assert.deepEqual(await drainAll(), ['{"whole":1}', '{"whole":2}'])
  assert.equal((await spool.counts()).dropped, 1)
  assert.deepEqual(readdirSync(folder), [])
})

test('a drain stops at the first report that is to be tried later, and goes on from it', async () => {
  const { spool, drainAll } = open(agentFolder())
  for (let i = 0; i < 3; i++) spool.add(`${i}`)
  await spool.settled()
  const later = { retry: 'busy', retryAfterMs: 7 }
  assert.deepEqual(await spool.drain(async body => (body === '1' ? later : 'sent')), later)
  assert.deepEqual(await drainAll(), ['1', '2'])
})

test('refused reports are kept with the reason, the last 20 of them', async () => {
  const folder = agentFolder()
  const { spool, warnings } = open(folder)
  for (let i = 0; i < 25; i++) spool.add(`${i}`)
  await spool.settled()
  assert.equal(await spool.drain(async body => ({ refused: `400 no ${body}` })), undefined)
  const files = readdirSync(path.join(folder, 'refused')).sort()
  const kept = files.map(name => JSON.parse(readFileSync(path.join(folder, 'refused', name), 'utf8')))
  assert.deepEqual(
    kept.map(({ reason, report }) => [reason, report]),
    Array.from({ length: 20 }, (_, i) => [`400 no ${i + 5}`, `${i + 5}`]),
  )
  assert.deepEqual(await spool.counts(), { pending: 0, dropped: 0, refused: 25 })
  assert.match(warnings[0]!, /^refused: the server refuses a report \(400 no 0\); it is kept in /)
  assert.deepEqual(readdirSync(folder), ['refused'])
})

test('a disk that takes nothing loses reports one by one, counted and told, and throws nothing', async () => {
  const { spool, warnings } = open(path.join(agentFolder({ file: '' }), 'file', 'spool'))
  spool.add('1')
  spool.add('2')
  await spool.settled()
  assert.deepEqual(await spool.counts(), { pending: 0, dropped: 2, refused: 0 })
  assert.match(String(warnings), /a report cannot be kept \(ENOTDIR/)
})

test('a file that cannot be read is told of, stays, and keeps no other from being sent', async () => {
  const folder = agentFolder({ '000001700000000-1.json': '1', '000001700000001-1.json': '2' })
  const { spool, warnings, drainAll } = open(folder)
  await spool.counts()
  rmSync(path.join(folder, '000001700000000-1.json'))
  mkdirSync(path.join(folder, '000001700000000-1.json'))
  assert.deepEqual(await drainAll(), ['2'])
  assert.match(String(warnings), /stays where it is until the next start: EISDIR/)
  assert.ok(existsSync(path.join(folder, '000001700000000-1.json')))
})

test('what was reported just before process.exit or a crash is in the spool', async () => {
  for (const end of [
    'process.exit(0)',
    `setTimeout(() => { agent.reportHealth({ i: 3 }); throw new Error('x') }, 1)`,
  ]) {
    const folder = agentFolder()
    const script = `agent.reportHealth({ i: 1 }); agent.reportError(new Error('last words')); ${end}`
    await runNode({ script, folder }).ended
    const names = readdirSync(path.join(folder, 'spool')).sort()
    const kept = names.map(name => JSON.parse(readFileSync(path.join(folder, 'spool', name), 'utf8')))
    assert.deepEqual(
      kept.map(({ i, message }) => i ?? message),
      end.startsWith('process') ? [1, 'last words'] : [1, 'last words', 3],
    )
  }
})
