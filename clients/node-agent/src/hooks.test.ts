import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { openReceiver } from '../../delivery/testing/receiver.ts'
import { appendCrash } from './crash-log.ts'
import { installCrashHooks } from './hooks.ts'
import { agentFolder, jsonOf, requestsTo, runNode, startHere, TELEMETRY } from './testing/node.ts'

/** Its own start may have moved it aside already, where the process lives on. */
const logOf = (folder: string) => {
  const files = ['crash.log', 'crash.log.uploading'].map(name => path.join(folder, name))
  return readFileSync(files.find(file => existsSync(file)) ?? files[0]!, 'utf8')
}

/** What a module throws while it loads is a rejection. */
const later = (script: string) => `setTimeout(() => { ${script} }, 1)`
const ENDS: readonly (readonly [string, string, RegExp | undefined])[] = [
  [
    'throws',
    `setTimeout(() => { throw new TypeError('boom', { cause: new Error('why') }) }, 1)`,
    /^\[\S+Z\] UNCAUGHT: TypeError: boom\n {4}at [\s\S]*\[cause\]: Error: why[\s\S]*\n\[\S+Z\] EXIT code=1\n$/,
  ],
  ['throws while its module loads', `throw new Error('early')`, /: Error: early\n[\s\S]*EXIT code=1\n$/],
  ['throws an object', later(`throw { code: 'E_X' }`), /UNCAUGHT: { code: 'E_X' }\n\S+ EXIT code=1\n$/],
  ['throws null', later(`throw null`), /UNCAUGHT: null\n\S+ EXIT code=1\n$/],
  [
    'throws what cannot be read',
    later(`throw Object.defineProperty(new Error('x'), 'stack', { get() { return { toString() { throw 1 } } } })`),
    /UNCAUGHT: an error that cannot be read\n/,
  ],
  ['rejects', `Promise.reject(new RangeError('lost'))`, /UNHANDLED REJECTION: RangeError: lost\n/],
  ['rejects with a text', `Promise.reject('lost')`, /UNHANDLED REJECTION: .*lost[\s\S]*EXIT code=1\n$/],
  ['exits with 3', 'process.exit(3)', /^\[\S+Z\] EXIT code=3\n$/],
  ['sets its exit code', 'process.exitCode = 4', /^\[\S+Z\] EXIT code=4\n$/],
  [
    'handles its exceptions',
    later(`process.on('uncaughtException', e => console.log(e.message)); throw new Error('x')`),
    /UNCAUGHT: Error: x/,
  ],
  ['handles its rejections', `process.on('unhandledRejection', e => console.log(e)); Promise.reject(5)`, undefined],
  ['ends well', `console.log('bye')`, undefined],
  ['is terminated', `process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1e4)`, undefined],
]
for (const [name, script, expected] of ENDS) {
  test(`a process that ${name} ends as it would without the agent, and its crash log says how`, async () => {
    const folder = agentFolder()
    const [bare, watched] = await Promise.all([runNode({ script }).ended, runNode({ script, folder }).ended])
    assert.deepEqual(watched, bare)
    if (expected === undefined) assert.ok(!existsSync(path.join(folder, 'crash.log')))
    else assert.match(logOf(folder), expected)
  })
}

test('where the crash log cannot be written, a process ends as it would have', async () => {
  const folder = path.join(agentFolder({ file: 'not a folder' }), 'file', 'below')
  const script = `throw new Error('x')`
  assert.deepEqual(await runNode({ script, folder }).ended, await runNode({ script }).ended)
})

test('the next start uploads what the crashed process wrote, then keeps it as crash.log.prev', async t => {
  const folder = agentFolder()
  await runNode({ script: `throw new Error('boom')`, folder }).ended
  const log = logOf(folder)
  const receiver = await openReceiver(t)
  const agent = startHere(t, receiver.url, folder)
  const [request] = await requestsTo(receiver, TELEMETRY, 1)
  assert.equal(request!.headers['x-node-key'], 'snk_test')
  const { entries, timestamp, ...rest } = jsonOf(request!)
  assert.deepEqual(rest, {
    type: 'crash_report',
    node_version: '0.3.1',
    os: process.platform,
    arch: process.arch,
    uptime_before_crash: null,
  })
  assert.deepEqual(entries, log.trimEnd().split('\n'))
  assert.ok(Math.abs(Date.parse(String(timestamp)) - Date.now()) < 60_000)
  assert.equal(await agent.stop(5_000), true)
  assert.deepEqual(readdirSync(folder), ['crash.log.prev'])
  assert.equal(readFileSync(path.join(folder, 'crash.log.prev'), 'utf8'), log)
})

test('a crash log stays bounded, keeps its end, and an entry never becomes the end of a torn line', () => {
  const folder = agentFolder({ 'crash.log': `${'old line\n'.repeat(200_000)}torn` })
  appendCrash(folder, `UNCAUGHT: Error: x\n${'    at f\n'.repeat(5_000)}`)
  assert.ok(statSync(path.join(folder, 'crash.log')).size < 300 * 1024)
  const lines = logOf(folder).split('\n')
  const start = lines.findIndex(line => line.endsWith('UNCAUGHT: Error: x'))
  assert.equal(lines[start - 1], 'torn')
  // The line that names the error is among the last 50, whatever the length of its stack.
  assert.ok(lines.length - start < 50)
  assert.match(lines.at(-2)!, /… \d+ more lines/)
})

test('two agents of one folder write a crash once; without hooks none is written', async () => {
  const folder = agentFolder()
  const index = path.join(import.meta.dirname, 'index.ts')
  const script = `const { installCrashHooks } = await import(${JSON.stringify(index)})
    const remove = installCrashHooks(${JSON.stringify(folder)})
    ;`
  await runNode({ script: `${script} process.exit(3)`, folder }).ended
  assert.equal(logOf(folder).split('\n').length, 2)
  writeFileSync(path.join(folder, 'crash.log'), '')
  await runNode({ script: `${script} remove(); remove(); await agent.stop(0); process.exit(3)`, folder }).ended
  assert.equal(logOf(folder), '')
  const before = process.listenerCount('exit')
  installCrashHooks(folder)()
  assert.equal(process.listenerCount('exit'), before)
})
