import type pg from 'pg'
import { errorText } from '../pipeline/errors.ts'
import { type Capabilities, isUsableTimescale } from './capabilities.ts'

/**
 * Installs what the server has and the schema can use. What cannot be installed is left out, with a sentence that says
 * why: the schema stands without it.
 */
export async function ensureExtensions(owner: pg.ClientBase, capabilities: Capabilities): Promise<string[]> {
  const notes: string[] = []
  for (const name of extensionsToCreate(capabilities)) {
    try {
      await owner.query(`CREATE EXTENSION IF NOT EXISTS ${name}`)
    } catch (error) {
      notes.push(`the extension ${name} is available and could not be created: ${errorText(error)}`)
    }
  }
  return [...notes, ...timescaleNotes(capabilities)]
}

/** What `ensureExtensions` would create, in that order. */
export function extensionsToCreate({ timescaledb, vector, trigram }: Capabilities): string[] {
  const names: string[] = []
  // Without the preloaded library CREATE EXTENSION ends the session instead of failing.
  if (timescaledb.installed === undefined && timescaledb.preloaded && isUsableTimescale(timescaledb.available)) {
    names.push('timescaledb')
  }
  if (vector.installed === undefined && vector.available !== undefined) names.push('vector')
  if (trigram.installed === undefined && trigram.available !== undefined) names.push('pg_trgm')
  return names
}

/** What keeps a TimescaleDB that is there from being used. */
export function timescaleNotes({ timescaledb }: Capabilities): string[] {
  const { installed, available, preloaded } = timescaledb
  if (installed !== undefined && !isUsableTimescale(installed)) {
    return [
      `TimescaleDB ${installed} is too old for hypertables here: ALTER EXTENSION timescaledb UPDATE, then migrate again`,
    ]
  }
  if (installed === undefined && available !== undefined && !preloaded) {
    return [
      `TimescaleDB ${available} is on the server but not loaded: add it to shared_preload_libraries, restart, then migrate again`,
    ]
  }
  return []
}
