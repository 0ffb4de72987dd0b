import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { openReceiver } from '../../delivery/testing/receiver.ts'

/** Runs a program that has imported `createDebugQueue`, and resolves to the milliseconds from its first request to its end. */
async function endOf(t: TestContext, program: string): Promise<number> {
  const receiver = await openReceiver(t)
  receiver.answer = () => undefined
  const code = `import { createDebugQueue } from './index.ts'\n${program}`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: import.meta.dirname,
    env: { ...process.env, DEBUG_QUEUE_URL: receiver.url },
    stdio: ['ignore', 'inherit', 'ignore'],
  })
  t.after(() => child.kill('SIGKILL'))
  const ended = once(child, 'close')
  await receiver.received(1)
  const startMs = performance.now()
  await ended
  assert.equal(child.exitCode, 0)
  return performance.now() - startMs
}

const EVENT = `'A', { service: 's', errorCode: 'E', correlationId: 'c' }`
const PROGRAMS: readonly (readonly [string, string])[] = [
  ['a queue whose request is under way', `createDebugQueue().log(${EVENT}, { priority: 'high' })`],
  [
    'two queues that began one after the other',
    `createDebugQueue().log(${EVENT}, { priority: 'high' })
     setTimeout(() => createDebugQueue().log(${EVENT}, { priority: 'high' }), 1_000)`,
  ],
]
for (const [name, program] of PROGRAMS) {
  test(`a server that never answers holds up the end of a process by the flush alone: ${name}`, async t => {
    const tookMs = await endOf(t, program)
    assert.ok(tookMs > 4_000 && tookMs < 8_500, `${tookMs} ms`)
  })
}
