import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { queryReadOnly } from '../../store/query.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { sqlCommand } from './sql.ts'

function help(): string {
  let text = ''
  sqlCommand()
    .configureOutput({ writeOut: part => (text += part) })
    .outputHelp()
  return text
}

test('every statement that the help and the runbooks show runs as the reader', async () => {
  const { database } = await createDatabase()
  const runbooks = readFileSync(new URL('../../docs/operations/runbooks.md', import.meta.url), 'utf8')
  const shown = [...help().matchAll(/sensorium sql "([^"]+)"/g), ...runbooks.matchAll(/`(SELECT [^`]+)`/g)]
  const statements = shown.map(([, statement]) => statement!)
  assert.ok(statements.some(statement => statement.includes('dead_letters')))
  for (const statement of statements) await assert.doesNotReject(queryReadOnly(database, statement), statement)
})
