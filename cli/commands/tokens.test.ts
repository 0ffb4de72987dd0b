import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '../../tests/postgres.ts'
import { runCommand } from '../../tests/sensorium-process.ts'

test('tokens and nodes are added, listed without their secrets and revoked; what is wrong is told', async () => {
  const { url } = await createDatabase()
  const run = (...args: string[]) => runCommand(args, { DATABASE_URL: url })
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout) as never // printed by --json

  const { token_id, token } = (await json('tokens', 'add', 'shop team', '--services', 'shop, checkout')) as Record<
    string,
    string
  >
  assert.match(token!, /^sna_/)
  const odd = await run('tokens', 'add', 'team', '--services', 'chekout')
  assert.match(odd.stderr, /nothing came from chekout yet; is the spelling right\?/)
  const listed = await run('tokens', 'list')
  assert.match(listed.stdout, /shop team +shop checkout +active/)
  assert.ok(!listed.stdout.includes(token!))
  assert.equal((await run('tokens', 'revoke', token_id!)).code, 0)
  assert.match((await run('tokens', 'list')).stdout, /revoked/)
  const unknown = await run('tokens', 'revoke', 'nobody')
  assert.deepEqual(
    [unknown.code, /there is no token nobody; sensorium tokens list shows them/.test(unknown.stderr)],
    [1, true],
  )

  const { node_id, key } = (await json('nodes', 'add', 'Küchen-Laptop 2', '--user', 'nana')) as Record<string, string>
  assert.equal(node_id, 'k-chen-laptop-2')
  const nodes = await run('nodes', 'list')
  assert.match(nodes.stdout, /k-chen-laptop-2 +Küchen-Laptop 2 +nana +prod +active/)
  assert.ok(!nodes.stdout.includes(key!))
  const again = await run('nodes', 'add', 'Küchen-Laptop 2')
  assert.deepEqual([again.code, /revoke it first/.test(again.stderr)], [1, true])
  assert.equal((await run('nodes', 'revoke', node_id!)).code, 0)
  assert.match((await run('nodes', 'list')).stdout, /revoked/)
})
