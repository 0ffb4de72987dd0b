import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expand, type View } from './expand.ts'
import { readDashboards } from './read-dashboards.ts'

const view = (variables: View['variables']): View => ({
  from: new Date(0),
  to: new Date(60_000),
  intervalS: 60,
  variables,
  allValues: { service: `'*'` },
  timescaledb: false,
})

test('one, several, all and none of a variable become one list of SQL, each value quoted', () => {
  const sql = 'x = ANY (ARRAY[${service:sqlstring}]::text[])'
  for (const [chosen, list] of [
    ['a', `'a'`],
    [['a'], `'a'`],
    [['a', `o'hara`, 'c,d'], `'a','o''hara','c,d'`],
    ['$__all', `'*'`],
    [[], ''],
  ] as const)
    assert.equal(expand(sql, view({ service: chosen })), `x = ANY (ARRAY[${list}]::text[])`)
})

test('every choice takes several and all, and stands in queries as a list alone', () => {
  let places = 0
  for (const dashboard of readDashboards()) {
    const choices = dashboard.templating.list.filter(({ type }) => type === 'query')
    for (const { name, multi, includeAll, allValue } of choices)
      assert.deepEqual([multi, includeAll, allValue], [true, true, `'*'`], `${dashboard.title}/${name}`)
    const texts = [
      ...choices.map(({ query }) => String(query)),
      ...dashboard.panels.flatMap(({ targets }) => targets?.map(({ rawSql }) => rawSql) ?? []),
    ]
    for (const { name } of choices) {
      for (const text of texts) {
        for (const { index } of text.matchAll(new RegExp(`\\$\\{${name}:sqlstring\\}`, 'g'))) {
          assert.match(text.slice(index - 6), new RegExp(`^ARRAY\\[\\$\\{${name}:sqlstring\\}\\]::text\\[\\]`), text)
          places += 1
        }
      }
    }
  }
  assert.ok(places > 50)
})
