import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskSecrets } from './mask-secrets.ts'

test('no secret survives in a configuration that is shown', () => {
  const shown = maskSecrets({
    auth: { bearer_tokens: ['abc', 'def'] },
    database: { url: 'postgres://me:hunter2@db:5432/x?sslmode=require' },
    nested: [{ api_key: 'k' }, { password: 'p' }],
  })
  assert.deepEqual(shown, {
    auth: { bearer_tokens: ['***', '***'] },
    database: { url: 'postgres://me:***@db:5432/x?sslmode=require' },
    nested: [{ api_key: '***' }, { password: '***' }],
  })
})

test('what is not a secret stays readable: file names, sizes, URLs without a password', () => {
  const config = {
    tls: { key_file: 'server.key' },
    url: 'http://host:4318/v1',
    max_tokens_seen: 5,
    require_token: true,
    empty: null,
  }
  assert.deepEqual(maskSecrets(config), config)
})
