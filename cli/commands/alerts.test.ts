import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { createDatabase } from '../../tests/postgres.ts'
import { runCommand } from '../../tests/sensorium-process.ts'
import { temporaryFolder } from '../../tests/temporary-folder.ts'
import { openHttpService } from '../../tests/told/http-service.ts'

test('send-test tells a destination by the way of findings, says what it answered, and why it was not told', async t => {
  const { url } = await createDatabase()
  const server = await openHttpService(() => ({ status: 204, body: '' }))
  t.after(server.close)
  const config = path.join(temporaryFolder('alerts'), 'config.yaml')
  writeFileSync(
    config,
    `receivers: { fingerprints: }
exporters:
  timescale:
  webhook/team: { url: '${server.url}/hook' }
  slack: { webhook_url: 'http://127.0.0.1:9/secret-path' }
service:
  database: { url: '\${env:DATABASE_URL}' }
  pipelines: { logs: { receivers: [fingerprints], exporters: [webhook/team, slack, timescale] } }
`,
  )
  const run = (...args: string[]) => runCommand(['alerts', ...args, '--config', config], { DATABASE_URL: url })
  const told = await run('send-test', 'webhook/team')
  assert.equal(told.code, 0, told.stderr)
  assert.equal(told.stdout, 'webhook/team was told: HTTP 204\n')
  assert.match(server.requests[0]!.body, /A test of sensorium alerts send-test: nothing is wrong/)
  const away = await run('send-test', 'slack')
  assert.equal(away.code, 1)
  assert.match(away.stderr, /slack was not told: http:\/\/127\.0\.0\.1:9: .*ECONNREFUSED/)
  assert.doesNotMatch(away.stderr + away.stdout, /secret-path/, 'the path of a webhook is a secret')
  const unknown = await run('send-test', 'timescale')
  assert.match(unknown.stderr, /no exporter timescale that tells people; it has webhook\/team, slack/)
  const outbox = JSON.parse((await run('outbox', '--json')).stdout) as { destination: string; state: string }[] // printed by --json
  assert.deepEqual(
    outbox.map(({ destination, state }) => [destination, state]),
    [
      ['slack', 'refused'],
      ['webhook/team', 'sent'],
    ],
  )
  assert.equal((await run('list', '--json')).stdout, '[]\n')
})
