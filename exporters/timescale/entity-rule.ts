import type { Database } from '../../pipeline/component.ts'
import { withClient } from '../../store/connect.ts'

/** Tells the database which attributes name a thing: what counts things goes by the same rule as what finds them. */
export async function keepEntityRule(database: Database, patterns: readonly string[]): Promise<void> {
  await withClient(database, 'writer', client =>
    client.query('UPDATE entity_rule SET patterns = $1 WHERE patterns <> $1', [patterns]),
  )
}
