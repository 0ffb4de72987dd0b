import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../postgres.ts'
import { ROOT, runCommand } from '../sensorium-process.ts'

const TRACE = 'abcdef0123456789abcdef0123456789'
const OTHER = 'abcdef9999999999abcdef9999999999'

async function filled(t: { after(work: () => Promise<void>): void }) {
  const { url } = await createDatabase()
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  const begin = new Date()
  const span = (
    trace: string,
    id: string,
    parent: string | null,
    name: string,
    ms: number,
    status = 'ok',
    offset = 0,
  ) =>
    client.query(
      `INSERT INTO trace_spans (timestamp, trace_id, span_id, parent_span_id, service, environment, operation_name, kind, status, duration_ms, resource_id, scope_id, start_time_unix_nano)
       VALUES ($8::timestamptz + $1 * interval '1 millisecond', $2, $3, $4, 'shop', 'prod', $5, 'server', $6, $7, 0, 0,
         (extract(epoch FROM $8::timestamptz) * 1e9)::bigint + $1::bigint * 1000000)`,
      [offset, trace, id, parent, name, status, ms, begin],
    )
  const log = (service: string, level: string, message: string, ageS = 0, spanId: string | null = null) =>
    client.query(
      `INSERT INTO application_logs (timestamp, service, environment, level, severity_number, message, trace_id, span_id, resource_id, scope_id)
       VALUES (now() - $1 * interval '1 second', $2, 'prod', $3, 9, $4, $5, $6, 0, 0)`,
      [ageS, service, level, message, spanId === null ? null : TRACE, spanId],
    )
  return { url, span, log, begin }
}

test('trace shows what followed from what, where the time went and what was logged; part of an id is enough', async t => {
  const { url, span, log } = await filled(t)
  await span(TRACE, '00000000000000a1', null, 'GET /cart', 100)
  await span(TRACE, '00000000000000a2', '00000000000000a1', 'SELECT \u001b[2Jitems', 40, 'error', 50)
  await span(TRACE, '00000000000000a3', '00000000000000ff', 'orphan', 1, 'ok', 99)
  await span(OTHER, '00000000000000b1', null, 'GET /other', 1)
  await log('shop', 'warn', 'slow\nquery', 0, '00000000000000a2')
  await log('shop', 'info', 'not shown at first', 0, '00000000000000a1')
  const run = (...args: string[]) => runCommand(['trace', ...args], { DATABASE_URL: url })
  const shown = await run('abcdef01')
  assert.equal(shown.code, 0, shown.stderr)
  const lines = shown.stdout.split('\n').slice(3, 7)
  const bars = lines.map(line => /█+$/.exec(line)?.[0].length ?? 0)
  assert.match(lines[0]!, /^shop {2}GET \/cart +100 ms/)
  assert.match(lines[1]!, /^ {2}shop {2}SELECT ·\[2Jitems ✗ +40 ms {3,}█/)
  assert.match(lines[2]!, /^ {4}· warn slow query$/)
  assert.match(lines[3]!, /^shop {2}orphan/)
  assert.ok(Math.abs(bars[1]! / bars[0]! - 0.4) < 0.05, shown.stdout)
  assert.match(shown.stdout, /1 log lines are not shown/)
  assert.match((await run('abcdef01', '--logs')).stdout, /· info not shown at first/)
  const json = JSON.parse((await run('ABCDEF01', '--json')).stdout) as { trace_id: string; spans: object[] } // printed by --json
  assert.deepEqual([json.trace_id, json.spans.length], [TRACE, 3])
  for (const [id, message] of [
    ['abcdef', /could be abcdef0123456789abcdef0123456789, abcdef9999999999abcdef9999999999/],
    ['fedcba', /no trace or request is "fedcba"/],
    ['f'.repeat(32), /nothing is stored of the trace/],
  ] as const) {
    const { code, stderr } = await run(id)
    assert.equal(code, 1)
    assert.match(stderr, message)
  }
})

test('tail prints the past, then what is stored, late records too, each once, and only what was asked for', async t => {
  const { url, log, span, begin } = await filled(t)
  await log('shop', 'info', 'past 1', 3)
  await log('shop', 'info', 'past 2', 2)
  await log('shop', 'info', 'past 3', 1)
  const args = [path.join(ROOT, 'bin/sensorium.mjs'), 'tail', '-n', '2', '--service', 'shop', '--json']
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DATABASE_URL: url },
  })
  t.after(async () => {
    child.kill('SIGKILL')
  })
  const messages: string[] = []
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (count: number) => {
    while (messages.length < count)
      messages.push((JSON.parse((await lines.next()).value!) as { message: string }).message) // printed by --json
    return messages
  }
  assert.deepEqual(await next(2), ['past 2', 'past 3'])
  await log('other', 'info', 'of another service')
  await log('shop', 'info', 'new')
  await next(3)
  await log('shop', 'error', 'late', 15)
  await next(4)
  await span(TRACE, '00000000000000a1', null, 'GET /cart', 1, 'error', Date.now() - +begin)
  assert.deepEqual(await next(5), ['past 2', 'past 3', 'new', 'late', 'GET /cart'])
  child.kill('SIGINT')
  assert.deepEqual(await once(child, 'exit'), [0, null])

  const errors = await runCommand(['tail', '--errors', '--no-follow'], { DATABASE_URL: url })
  assert.match(errors.stdout, /^\S+ error shop late\n\S+ span {2}shop GET \/cart {2}abcdef01\n$/)
  const wrong = await runCommand(['tail', '--level', 'loud'], { DATABASE_URL: url })
  assert.match(wrong.stderr, /Allowed choices are trace, debug, info, warn, error, fatal/)
})

test('tail loses no line that is stored while it starts, and prints none twice', async t => {
  const { url, log } = await filled(t)
  const args = [path.join(ROOT, 'bin/sensorium.mjs'), 'tail', '-n', '1', '--json']
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DATABASE_URL: url },
  })
  t.after(async () => {
    child.kill('SIGKILL')
  })
  const numbers: number[] = []
  const read = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      const { message } = JSON.parse(line) as { message: string } // printed by --json
      if (message === 'the end') return
      numbers.push(Number(message))
    }
  })()
  for (let i = 0, after = 0; after < 20; i++) {
    await log('shop', 'info', String(i))
    if (numbers.length > 0) after++
  }
  await log('shop', 'info', 'the end')
  await read
  assert.ok(numbers.length > 10, String(numbers))
  assert.deepEqual(
    numbers,
    numbers.map((_, i) => numbers[0]! + i),
  )
})
