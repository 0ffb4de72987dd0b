import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '../tests/postgres.ts'
import { databaseNotes } from './notes.ts'
import { databaseSettings } from './settings.ts'

test('each thing that could be better is named with its remedy', async () => {
  const { database } = await createDatabase()
  const none = { installed: undefined, available: undefined }
  const timescaledb = { ...none, preloaded: false, license: undefined }
  const vector = { installed: '0.8.7', available: '0.8.7' }
  const best = { ...database.capabilities, footing: 'embedded', roles: 'separate', timescaledb, vector } as const
  const settings = databaseSettings.parse({})
  const notesOf = (change: Partial<typeof database.capabilities>): string[] =>
    databaseNotes({ ...database, capabilities: { ...best, ...change } }, settings)
  assert.deepEqual(notesOf({}), [])
  const cases: [Partial<typeof database.capabilities>, RegExp[]][] = [
    [{ roles: 'shared' }, [/administrator.*sensorium_writer and sensorium_reader/]],
    [{ footing: 'postgres' }, [/reader_url/]],
    [{ footing: 'postgres', vector: none }, [/reader_url/, /no pgvector/]],
    [{ timescaledb: { ...timescaledb, available: '2.31.0' } }, [/2\.31\.0.*shared_preload_libraries/]],
    [{ timescaledb: { ...timescaledb, installed: '2.9.0', available: '2.9.0' } }, [/2\.9\.0 is too old.*UPDATE/]],
  ]
  for (const [change, expected] of cases) {
    const notes = notesOf(change)
    assert.equal(notes.length, expected.length, notes.join('\n'))
    for (const [index, pattern] of expected.entries()) assert.match(notes[index] ?? '', pattern)
  }
})
