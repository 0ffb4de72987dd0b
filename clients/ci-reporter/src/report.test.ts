import assert from 'node:assert/strict'
import { closeSync, ftruncateSync, openSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../tests/temporary-folder.ts'
import { openReceiver } from '../../delivery/testing/receiver.ts'
import { report } from './report.ts'

test('report() sends from a program what the command sends, and never rejects', async t => {
  const receiver = await openReceiver(t)
  const folder = temporaryFolder('ci-reporter')
  writeFileSync(path.join(folder, 'a.xml'), '<testsuites><testcase name="a"/></testsuites>')
  const variables = { SENSORIUM_CI_URL: receiver.url, SENSORIUM_CI_TOKEN: 't', SENSORIUM_CI_SPOOL: 'waiting' }
  const result = await report(['a.xml'], { folder, variables, attempt: 3 })
  assert.deepEqual(result, { sent: 1, waiting: 0, refused: 0, dropped: 0, unreadable: 0, warnings: [] })
  const { run } = JSON.parse(receiver.requests[0]!.body.toString()) as { run: object } // what it sends
  assert.partialDeepStrictEqual(run, { total_tests: 1, attempt: 3, repository: path.basename(folder) })
  const none = await report(['b.xml'], { folder: '/nowhere/at/all', variables })
  assert.deepEqual([none.sent, none.unreadable], [1, 1])
  assert.match(none.warnings.join(), /b\.xml is not there/)
})

test('a file of more than 64 MiB is told and not read', async t => {
  const receiver = await openReceiver(t)
  const folder = temporaryFolder('ci-reporter')
  const file = openSync(path.join(folder, 'huge.json'), 'w')
  ftruncateSync(file, 64 * 1024 * 1024 + 1)
  closeSync(file)
  const { sent, warnings } = await report(['huge.json'], { folder, variables: {}, url: receiver.url })
  assert.equal(sent, 1)
  assert.match(warnings.join(), /huge\.json has 67108865 bytes; 67108864 are read at most/)
})
