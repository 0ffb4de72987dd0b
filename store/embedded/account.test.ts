import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { canReach, chooseAccount } from './account.ts'

const PASSWD = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash
alice:x:1000:1000::/home/alice:/bin/bash
`

test('root lends Postgres the first account of the list that exists', () => {
  assert.deepEqual(chooseAccount(PASSWD, undefined), { name: 'postgres', uid: 101, gid: 104 })
  const bare = PASSWD.replace(/^postgres.*\n/m, '')
  assert.deepEqual(chooseAccount(bare, undefined), { name: 'nobody', uid: 65534, gid: 65534 })
})

test('a cluster that has an owner stays with its owner', () => {
  assert.deepEqual(chooseAccount(PASSWD, { uid: 1000, gid: 1000 }), { name: 'alice', uid: 1000, gid: 1000 })
  assert.deepEqual(chooseAccount(PASSWD, { uid: 4242, gid: 7 }), { name: '4242', uid: 4242, gid: 7 })
  assert.equal(chooseAccount(PASSWD, { uid: 0, gid: 0 }).name, 'postgres')
})

test('root without any such account is told what to do', () => {
  assert.throws(() => chooseAccount('root:x:0:0:root:/root:/bin/sh\n', undefined), {
    code: 'DATA_DIR_UNUSABLE',
    message: /refuse|cannot run as root.*ordinary user.*service\.database\.url/,
  })
})

test('a path is within reach when every folder on the way lets the account in', () => {
  const top = mkdtempSync(join(tmpdir(), 'sensorium-reach-'))
  const inner = join(top, 'a', 'b')
  mkdirSync(inner, { recursive: true })
  const stranger = { name: 'stranger', uid: 64_000, gid: 64_000 }
  const us = { name: 'us', uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 }
  try {
    const cases = [
      [0o755, 0o755, true],
      [0o711, 0o755, true],
      [0o700, 0o755, false],
      [0o755, 0o750, false],
    ] as const
    for (const [topMode, innerMode, expected] of cases) {
      chmodSync(top, topMode)
      chmodSync(inner, innerMode)
      assert.equal(canReach(inner, stranger), expected, `${topMode.toString(8)} ${innerMode.toString(8)}`)
      assert.equal(canReach(inner, us), true)
    }
  } finally {
    rmSync(top, { recursive: true })
  }
})
