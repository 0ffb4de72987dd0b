import { timescaleNotes } from './extensions.ts'
import type { Store } from './open.ts'
import { READER_ROLE, WRITER_ROLE } from './roles.ts'
import type { DatabaseSettings } from './settings.ts'

/**
 * What works less well than it could, in sentences that say what to do; for `sensorium doctor`. Call it after `migrate`,
 * which makes roles and extensions.
 */
export function databaseNotes({ capabilities }: Store, settings: DatabaseSettings): string[] {
  const notes = timescaleNotes(capabilities)
  const { footing, roles, vector } = capabilities
  if (roles === 'shared') {
    notes.push(
      `all roles work under the owner's login: let an administrator make ${WRITER_ROLE} and ${READER_ROLE} and grant both to it, then run sensorium migrate`,
    )
  }
  if (footing !== 'embedded' && settings.reader_url === undefined) {
    notes.push(
      'the reader shares the login of service.database.url, and a hostile statement could take that login back, so agents get no query_sql: set DATABASE_READER_URL (service.database.reader_url) to the same database under another user, which is made if it is missing',
    )
  }
  if (footing !== 'embedded' && vector.available === undefined) {
    notes.push('the server has no pgvector: nearest neighbours are searched exactly, in process')
  }
  return notes
}
