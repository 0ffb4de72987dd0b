import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFailure } from './postmaster.ts'
import { sharedBuffersMib } from './server-settings.ts'

const AT = '2026-11-20 23:45:33.403 UTC [29806] '

test("the server's last lines become an error that names the key to change", () => {
  const cases: [string[], string, RegExp][] = [
    [
      [
        `${AT}LOG:  could not bind IPv4 address "127.0.0.1": Address already in use`,
        `${AT}FATAL:  could not create any TCP/IP sockets`,
      ],
      'ADDRESS_UNAVAILABLE',
      /^127\.0\.0\.1:54329 is taken: set service\.database\.port/,
    ],
    [[`${AT}FATAL:  lock file "postmaster.pid" already exists`], 'DATA_DIR_IN_USE', /service\.database\.data_dir/],
    [
      [`${AT}FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use`],
      'DATA_DIR_IN_USE',
      /another Postgres server runs in \/data\/cluster/,
    ],
    [
      [`${AT}LOG:  starting`, `${AT}PANIC:  could not locate a valid checkpoint record`, `${AT}LOG:  exited`],
      'DATA_DIR_UNUSABLE',
      /: could not locate a valid checkpoint record \(see \/data\/postgres\.log\)$/,
    ],
    [['bin/postgres: error while loading shared libraries: libz.so.1'], 'DATA_DIR_UNUSABLE', /libz\.so\.1/],
    [[], 'DATA_DIR_UNUSABLE', /it said nothing/],
  ]
  for (const [lines, code, message] of cases) {
    const error = startFailure(lines, '54329', '/data/cluster', '/data/postgres.log')
    assert.equal(error.code, code)
    assert.match(error.message, message)
  }
})

test('shared buffers are an eighth of the memory within bounds', () => {
  const gib = 1024 ** 3
  assert.deepEqual(
    [0.25, 1, 2, 64].map(size => sharedBuffersMib(size * gib)),
    [64, 128, 256, 512],
  )
})
