import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { Database } from '../pipeline/component.ts'
import { errorText } from '../pipeline/errors.ts'
import { inTransaction, sqlState } from './connect.ts'
import { boundReader } from './reader-limits.ts'

export const WRITER_ROLE = 'sensorium_writer'
export const READER_ROLE = 'sensorium_reader'

/** What a session of the reader begins with. Rights keep it from writing; this keeps it from trying, and from holding on. */
export const READER_DEFAULTS = {
  default_transaction_read_only: 'on',
  statement_timeout: '5s',
  // A transaction that is left open keeps dead rows and dropped partitions from going.
  idle_in_transaction_session_timeout: '60s',
  // One statement is one process: workers would take the processors from those who write.
  max_parallel_workers_per_gather: '0',
  // A session that is kept would plan our functions once for all arguments, where a busy hour and a rare id need plans
  // of their own: the sixth call took 5 s where the first five took 0.1.
  plan_cache_mode: 'force_custom_plan',
} as const

const HARDENING = join(import.meta.dirname, '../sql/harden-reader.sql')

/** duplicate_object, unique_violation: another database of the same server is being migrated at the same moment. */
const ALREADY_THERE = ['42710', '23505']

/**
 * Makes the two roles if need be, lets the owner take them, and gives them their rights, to tables of later migrations
 * too. Safe to repeat. Returns a sentence where the owner lacks the rights for it: all roles then share its login.
 */
export async function ensureRoles(
  owner: pg.ClientBase,
  database: Database,
  isEmbedded: boolean,
): Promise<string | undefined> {
  try {
    for (const role of [WRITER_ROLE, READER_ROLE]) await ensureRole(owner, role)
    await inTransaction(owner, () => owner.query(GRANTS))
    if (isEmbedded) await owner.query(readFileSync(HARDENING, 'utf8'))
    return await ensureReaderLogin(owner, database, isEmbedded)
  } catch (error) {
    return `the database login cannot make or use the roles ${WRITER_ROLE} and ${READER_ROLE} (${errorText(error)}): everything works under the owner's login. For a reader that cannot write, let an administrator run CREATE ROLE ${WRITER_ROLE}; CREATE ROLE ${READER_ROLE}; and GRANT both to the login, then run sensorium migrate; or set service.database.reader_url`
  }
}

/** The login that service.database.reader_url names: made where it is missing. Returns a sentence where that may not be. */
async function ensureReaderLogin(
  owner: pg.ClientBase,
  database: Database,
  isEmbedded: boolean,
): Promise<string | undefined> {
  const login = new pg.Client(database.connection('reader'))
  const user = login.user ?? ''
  if (user === new pg.Client(database.connection('owner')).user) return undefined
  try {
    await inTransaction(owner, async () => {
      const { rows } = await owner.query<{ can_login: boolean; reads: boolean }>(
        `SELECT rolcanlogin AS can_login, pg_has_role(oid, $2, 'MEMBER') AS reads FROM pg_roles WHERE rolname = $1`,
        [user, READER_ROLE],
      )
      const [known] = rows
      const name = pg.escapeIdentifier(user)
      if (known === undefined) await owner.query(`CREATE ROLE ${name}`)
      if (known?.can_login !== true) {
        const password = login.password ? ` PASSWORD '${scramVerifier(login.password)}'` : ''
        await owner.query(`ALTER ROLE ${name} LOGIN${password}`)
      }
      if (known?.reads !== true && user !== READER_ROLE) await owner.query(`GRANT ${READER_ROLE} TO ${name}`)
    })
    if (!isEmbedded) await boundReader(owner, user)
    return undefined
  } catch (error) {
    return `the login ${user} of service.database.reader_url cannot be made ready (${errorText(error)}): let an administrator run CREATE ROLE ${user} LOGIN PASSWORD '…' IN ROLE ${READER_ROLE}`
  }
}

const SCRAM_ITERATIONS = 4_096

/** What the server would keep of a password (RFC 5803), so that its log of statements never has the password itself. */
export function scramVerifier(password: string): string {
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, SCRAM_ITERATIONS, 32, 'sha256')
  const key = (name: string) => createHmac('sha256', salted).update(name).digest()
  const stored = createHash('sha256').update(key('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`
}

/** Of the two, each statement only where it is needed: an administrator may have run them for a login that may not. */
async function ensureRole(owner: pg.ClientBase, role: string): Promise<void> {
  const { rows } = await owner.query<{ usable: boolean }>(
    `SELECT pg_has_role(current_user, oid, CASE WHEN current_setting('server_version_num')::int >= 160000
       THEN 'SET' ELSE 'MEMBER' END) AS usable FROM pg_roles WHERE rolname = $1`,
    [role],
  )
  if (rows[0]?.usable === true) return
  if (rows[0] === undefined) {
    await owner.query(`CREATE ROLE ${role} NOLOGIN`).catch((error: unknown) => {
      if (!ALREADY_THERE.includes(sqlState(error) ?? '')) throw error
    })
  }
  await owner.query(`GRANT ${role} TO CURRENT_USER`)
}

/**
 * The writer adds and corrects records but deletes none; what was applied and when is not its business. The reader
 * reads. Default privileges cover the tables that this owner makes later.
 */
const GRANTS = `
DO $$
DECLARE
  here text := quote_ident(current_schema());
  t regclass;
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %s TO ${WRITER_ROLE}, ${READER_ROLE}', here);
  -- Partitions are reached through their table, whose rights and policies then hold.
  FOR t IN SELECT oid::regclass FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %s TO ${WRITER_ROLE}', t);
    EXECUTE format('GRANT SELECT ON %s TO ${READER_ROLE}', t);
  END LOOP;
  -- Rows of a table behind row-level security are copied into a temporary one first.
  EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO ${WRITER_ROLE}', current_database());
  EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %s TO ${WRITER_ROLE}', here);
  -- The bytes of a dead letter are as they came, before redaction: whoever reads for others must not see them.
  EXECUTE format('REVOKE SELECT ON %s.dead_letters FROM ${READER_ROLE}', here);
  EXECUTE format('GRANT SELECT (dead_letter_id, received_at, receiver, signal, batch_id, reason, message, content_type) ON %s.dead_letters TO ${READER_ROLE}', here);
  EXECUTE format('REVOKE SELECT ON %s.node_registry FROM ${READER_ROLE}', here);
  EXECUTE format('GRANT SELECT (node_id, name, user_id, environment, heartbeat_interval_s, created_at, revoked_at, unseen_reported_for) ON %s.node_registry TO ${READER_ROLE}', here);
  EXECUTE format('REVOKE SELECT ON %s.access_tokens FROM ${READER_ROLE}', here);
  EXECUTE format('GRANT SELECT (token_id, name, services, created_at, revoked_at) ON %s.access_tokens TO ${READER_ROLE}', here);
  EXECUTE format('REVOKE SELECT ON %s.console_users FROM ${READER_ROLE}', here);
  EXECUTE format('GRANT SELECT (name, role, services, issuer, created_at, disabled_at) ON %s.console_users TO ${READER_ROLE}', here);
  EXECUTE format('REVOKE SELECT ON %s.console_sessions FROM ${READER_ROLE}', here);
  EXECUTE format('GRANT SELECT (session_id, name, created_at, expires_at, ended_at) ON %s.console_sessions TO ${READER_ROLE}', here);
  EXECUTE format('REVOKE SELECT ON %s.console_links FROM ${READER_ROLE}', here);
  EXECUTE format('GRANT SELECT (link_id, node_id, created_by, created_at, expires_at, opened_at, revoked_at, revoked_by) ON %s.console_links TO ${READER_ROLE}', here);
  -- A policy costs an exclusive lock, so it is made once.
  IF NOT EXISTS (SELECT FROM pg_policies WHERE schemaname = current_schema() AND tablename = 'buddy_observer_events') THEN
    EXECUTE format('CREATE POLICY writes ON %s.buddy_observer_events TO ${WRITER_ROLE} USING (true) WITH CHECK (true)', here);
    EXECUTE format('CREATE POLICY reads ON %s.buddy_observer_events FOR SELECT TO ${READER_ROLE} USING (true)', here);
  END IF;
  EXECUTE format('REVOKE INSERT, UPDATE ON %s.schema_migrations FROM ${WRITER_ROLE}', here);
  EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %s GRANT SELECT, INSERT, UPDATE ON TABLES TO ${WRITER_ROLE}', here);
  EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %s GRANT USAGE ON SEQUENCES TO ${WRITER_ROLE}', here);
  EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %s GRANT SELECT ON TABLES TO ${READER_ROLE}', here);
END $$`
