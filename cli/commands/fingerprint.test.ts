import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../../tests/sensorium-process.ts'

const LINES = Array.from({ length: 50_000 }, (_, n) => `worker ${n} of pool ${n % 7} is done\n`).join('')

function start() {
  const child = spawn(process.execPath, [path.join(ROOT, 'bin/sensorium.mjs'), 'fingerprint'])
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.end(LINES)
  return { child, stderr: () => stderr }
}

test('a group and a template for each line, in order', async () => {
  const { child } = start()
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  await once(child, 'close')
  const lines = stdout.trimEnd().split('\n')
  assert.equal(lines.length, 50_000)
  assert.equal(new Set(lines).size, 1)
  assert.match(lines[0]!, /^[0-9a-f]{16}\tworker <num> of pool <num> is done$/)
})

test('a reader that has seen enough is no fault: | head', async () => {
  const { child, stderr } = start()
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
  assert.equal(stderr(), '')
})
