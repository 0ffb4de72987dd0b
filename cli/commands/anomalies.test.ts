import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { ROOT } from '../../tests/sensorium-process.ts'

function start() {
  return spawn(process.execPath, [path.join(ROOT, 'bin/sensorium.mjs'), 'anomalies', 'score'])
}

async function answer(input: string) {
  const child = start()
  child.stdin.end(input)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { stdout, stderr, code }
}

test('a score in each line, with a header or without, with ISO times or seconds', async () => {
  const values = Array.from({ length: 300 }, (_, i) => (i === 250 ? 90 : i % 7))
  const iso = values.map((value, i) => `${new Date(i * 60_000).toISOString()},${value}`).join('\r\n')
  const unix = values.map((value, i) => `${i * 60},${value}\n`).join('')
  const [one, other] = await Promise.all([answer(`timestamp,value\r\n${iso}`), answer(unix)])
  assert.equal(one.stderr, '')
  assert.deepEqual(one, other)
  const scores = one.stdout.trimEnd().split('\n').map(Number)
  assert.equal(scores.length, 300)
  assert.equal(scores.indexOf(Math.max(...scores)), 250)
})

test('a score is there before the next row is written', async () => {
  const child = start()
  child.stdin.write('timestamp,value\n')
  for (let i = 0; i < 3; i++) {
    child.stdin.write(`${i},1\n`)
    const [chunk] = await once(child.stdout, 'data')
    assert.equal(String(chunk), '0.000000\n')
  }
  child.stdin.end()
  await once(child, 'exit')
})

test('a row that cannot be read keeps its line, is told with its number, and fails the command at the end', async () => {
  const { stdout, stderr, code } = await answer('timestamp,value\n1,2\n2,two\n3,4\n2,4\n')
  assert.equal(stdout, '0.000000\n\n0.000000\n0.000000\n')
  assert.match(stderr, /line 3 is not scored: the value "two" is not a finite number/)
  assert.match(stderr, /1 rows are earlier than the row before/)
  assert.equal(code, 1)
})

test('a wrong file is told by its first rows and counted to the end', async () => {
  const { stderr, code } = await answer('a b c\n'.repeat(100))
  assert.equal(stderr.split('\n').filter(line => line.includes('is not scored')).length, 20)
  assert.match(stderr, /100 rows in all could not be read/)
  assert.equal(code, 1)
})
