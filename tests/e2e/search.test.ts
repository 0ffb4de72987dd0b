import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { environmentOf, freePorts, ROOT, runCommand, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const LIMIT_MS = 30_000

const error = (service: string, type: string, message: string) => ({
  resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
  scopeLogs: [
    {
      logRecords: [
        {
          severityNumber: 17,
          attributes: [
            { key: 'exception.type', value: { stringValue: type } },
            { key: 'exception.message', value: { stringValue: message } },
          ],
        },
      ],
    },
  ],
})
const LOGS = {
  resourceLogs: [
    error('checkout', 'GatewayTimeoutError', 'the card processor did not answer within 5000 ms'),
    error('storage', 'VolumeFullError', 'no space left on /var/lib/data\u001b[31m'),
  ],
}

interface Answer {
  readonly hits: readonly {
    readonly template: string
    readonly fingerprint: string
    readonly matched: Record<string, unknown>
  }[]
  readonly notes: readonly string[]
}

test('what was sent is found by meaning, on the command line; a change of the model is one command', async t => {
  const folder = temporaryFolder('search')
  const environment = { SENSORIUM_DATA_DIR: path.join(folder, 'postgres') }
  const ports = await freePorts()
  const all = { ...environmentOf(ports), ...environment }
  const sensorium = await startSensorium({ ports, environment })
  t.after(() => sensorium.end('SIGKILL'))
  const headers = { 'content-type': 'application/json' }
  const url = `http://127.0.0.1:${ports.http}/v1/logs`
  assert.equal((await fetch(url, { method: 'POST', headers, body: JSON.stringify(LOGS) })).status, 200)

  const search = async (...args: string[]): Promise<Answer> => {
    const { stdout, stderr, code } = await runCommand(['search', ...args, '--json'], all)
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout) as Answer // as documented
  }
  const question = 'no answer from the gateway'
  let answer = await search(question)
  for (const end = performance.now() + LIMIT_MS; answer.hits[0]?.matched.meaning === undefined; await pause(200)) {
    assert.ok(performance.now() < end, JSON.stringify(answer))
    answer = await search(question)
  }
  assert.match(answer.hits[0].template, /GatewayTimeoutError/)
  assert.deepEqual(answer.notes, [])
  assert.deepEqual((await search(question, '--service', 'storage')).hits.length <= 1, true)
  const similar = await search('--similar-to', answer.hits[0].fingerprint)
  assert.ok(similar.hits.every(({ template }) => !/GatewayTimeoutError/.test(template)))

  const shown = await runCommand(['search', 'disk is full'], all)
  assert.match(shown.stdout, /^ 1\. .*VolumeFullError/)
  assert.ok(!shown.stdout.includes('\u001b'), 'control characters of telemetry do not reach the terminal')
  const wrong = await runCommand(['search', question, '--since', 'yesterday'], all)
  assert.equal(wrong.code, 1)
  assert.match(wrong.stderr, /15m, 24h, 7d/)
  assert.equal((await runCommand(['search'], all)).code, 1)
  assert.deepEqual(await sensorium.end('SIGTERM'), { code: 0, signal: null })

  const config = path.join(folder, 'sensorium.yaml')
  const text = await readFile(path.join(ROOT, 'config/sensorium.yaml'), 'utf8')
  await writeFile(config, text.replace('  embed:\n', '  embed: { model: { provider: static, dimensions: 64 } }\n'))
  const before = await search(question, '--config', config)
  assert.match(before.notes.join(), /static-64@[\w.]+\/64/)
  assert.match(before.hits[0]!.template, /GatewayTimeoutError/, 'words find it meanwhile')
  const changed = await runCommand(['reembed', '--config', config], all)
  assert.match(
    changed.stdout,
    /static-64@[\w.]+\/64: \d+ embedded\nstatic-128@[\w.]+\/128: \d+ forgotten/,
    changed.stderr,
  )
  assert.ok((await search(question, '--config', config)).hits[0]!.matched.meaning)
})
