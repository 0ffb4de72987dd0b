import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { secret } from '../pipeline/config/secret.ts'
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

test('a secret is known by its shape, wherever it stands', () => {
  for (const [text, expected] of [
    ['https://token@host/x', 'https://***@host/x'],
    ['https://me:pw@host', 'https://me:***@host'],
    ['postgres://me@db/x', 'postgres://me@db/x'],
    ['https://h/x?password=a&n=1', 'https://h/x?password=***&n=1'],
    ['https://h/x?n=1&token=abc#f', 'https://h/x?n=1&token=***#f'],
    ['https://h/x?code=abc', 'https://h/x?code=***'],
    ['https://h/x?page=2&sort=key', 'https://h/x?page=2&sort=key'],
    ['Bearer abcdefghijkl1234', 'Bearer ***'],
  ] as const) {
    assert.equal(maskSecrets(text), expected)
  }
})

test('a secret is known by the name of its key or header', () => {
  const headers = [
    'x-api-key',
    'Cookie',
    'x-honeycomb-team',
    'Authorization',
    'DD-API-KEY',
    'x-access-token',
    'api_key',
  ]
  const shown = maskSecrets(Object.fromEntries(headers.map(name => [name, 'abc'])))
  assert.deepEqual(shown, Object.fromEntries(headers.map(name => [name, '***'])))
})

test('a secret is known by the schema, whatever its key', () => {
  const schema = z.strictObject({
    seal: secret(z.string().min(1)).describe('Signs.').optional(),
    seals: z.array(secret(z.string())).default([]),
    extra: secret(z.record(z.string(), z.string())).default({}),
    nested: z.record(z.string(), z.strictObject({ word: secret(z.string()) })),
    size: z.int(),
    either: z.union([z.strictObject({ plain: z.string() }), z.strictObject({ hush: secret(z.string()) })]),
  })
  const shown = {
    seal: 'a',
    seals: ['b', ''],
    extra: { 'x-team': 'c' },
    nested: { one: { word: 'd' } },
    size: 3,
    either: { hush: 'e' },
  }
  assert.deepEqual(maskSecrets(shown, schema), {
    seal: '***',
    seals: ['***', ''],
    extra: { 'x-team': '***' },
    nested: { one: { word: '***' } },
    size: 3,
    either: { hush: '***' },
  })
})
