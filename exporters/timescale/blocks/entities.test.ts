import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withClient } from '../../../store/connect.ts'
import { createDatabase } from '../../../tests/postgres.ts'
import { timescaleConfig } from '../config.ts'
import { keepEntityRule } from '../entity-rule.ts'
import { entityMatcher } from './entities.ts'

const KEYS = [
  'order.id',
  'deal_id',
  'user.id',
  'id',
  'orderid',
  'order.id.old',
  'service.instance.id',
  'k8s.pod.uid',
  'k8s.pod.id',
  'messaging.message.id',
  'shop%id',
  'a\\_id',
  'tenant',
  `${'x'.repeat(254)}_id`,
  '',
]

test('what counts as an entity is one rule: the database and the filters say the same of every attribute', async () => {
  const { database } = await createDatabase()
  const rules = [
    timescaleConfig.parse({}).entities,
    ['tenant', 'shop%*', 'a\\_*', '!*.old'],
    ['!*'],
    ['*', '!order.*', '!!x'],
    ['ten?nt', '(a|b)'],
  ]
  await withClient(database, 'reader', async reader => {
    const told = async () => {
      const { rows } = await reader.query<{ key: string }>(
        'SELECT key FROM unnest($1::text[]) WITH ORDINALITY k (key, n) WHERE is_entity_key(key) ORDER BY n',
        [KEYS],
      )
      return rows.map(({ key }) => key)
    }
    const defaults = KEYS.filter(entityMatcher(rules[0]!))
    assert.deepEqual(defaults, ['order.id', 'deal_id', 'user.id', 'a\\_id'])
    assert.deepEqual(await told(), defaults, 'before any exporter started')
    for (const patterns of rules) {
      await keepEntityRule(database, patterns)
      assert.deepEqual(await told(), KEYS.filter(entityMatcher(patterns)), patterns.join())
    }
  })
})
