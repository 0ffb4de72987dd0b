import pg from 'pg'
import { z } from 'zod'
import { sqlState } from '../../store/connect.ts'
import type { Access } from '../access.ts'
import { counted, page } from '../answer.ts'
import { quoted } from '../answer-text.ts'
import { ToolRefusal } from '../refusal.ts'
import { budget, defineTool, limit } from '../tool.ts'

export const querySql = defineTool({
  name: 'query_sql',
  title: 'Any SELECT',
  isOpenEnded: true,
  description:
    'One SELECT, read only, 5 s and limit rows at most; describe_schema names the tables. {"sql":"SELECT count(*) FROM trace_spans"}',
  input: z.strictObject({ sql: z.string().min(1).max(10_000), limit: limit(100), ...budget }),
  async run({ sql, limit }, access) {
    if (access.services !== undefined) {
      throw new ToolRefusal('this token sees some services only, and SQL reads all of them; use the other tools')
    }
    await refuseSharedLogin(access)
    const running = await access.stillRunning()
    if (running >= STILL_RUNNING_MAX) {
      throw new ToolRefusal(
        `${counted(running, 'earlier statement')} cannot be stopped and still run in the database; no other is begun beside them. Try again later; the other tools work`,
      )
    }
    const statement = sql.trim().replace(/;\s*$/, '')
    try {
      // As a part of a SELECT of ours it can be nothing but a query, and no more than a page of it is read.
      const rows = page(await access.allColumns(`SELECT * FROM (${statement}\n) AS q LIMIT ${limit + 1}`), limit)
      access.show(statement, [])
      return {
        summary: `${counted(rows.rows.length, 'row')}${rows.hasMore ? ' of more' : ''}.`,
        sections: [{ name: 'rows', ...rows, more: 'raise limit, or aggregate' }],
        empty: rows.rows.length > 0 ? undefined : 'The query is right and finds nothing.',
      }
    } catch (error) {
      throw error instanceof pg.DatabaseError ? refusalOf(error, statement) : error
    }
  },
})

/**
 * Rights are what keeps a statement from writing. A session that only took the reader's role can give it back with
 * set_config, so its rights are those of the login: there, no statement that an agent wrote is run.
 */
async function refuseSharedLogin(access: Access): Promise<void> {
  const [login] = await access.rows(
    `SELECT has_table_privilege(session_user, c.oid, 'INSERT') OR pg_has_role(session_user, c.relowner, 'MEMBER') AS may_write
     FROM pg_class c WHERE c.oid = 'trace_spans'::regclass`,
  )
  if (login?.may_write === false) return
  throw new ToolRefusal(
    'query_sql needs a database login that can only read, and this server has none: set DATABASE_READER_URL (docs/agents.md, "A login that only reads"); the other tools work without it',
  )
}

/** One or two are a misfortune; the processors are for those who write. */
const STILL_RUNNING_MAX = 3

const TIMED_OUT = '57014'
/** 53200: the memory of a session, where it is bounded; 53400: temporary files past their limit. */
const TOO_LARGE = ['53200', '53400', '54000']
const NOT_FOUND = ['42P01', '42703', '42883']
const SYNTAX = '42601'
/** A message may repeat the statement, or a value that is stored. */
const TOLD_CHARS_MAX = 300

/** What the server says may repeat what is stored: it is told as data. */
function refusalOf(error: pg.DatabaseError, statement: string): ToolRefusal {
  const state = sqlState(error) ?? ''
  if (state === TIMED_OUT) return new ToolRefusal('this took longer than 5 s; narrow its time range, or aggregate less')
  if (TOO_LARGE.includes(state)) {
    return new ToolRefusal('this needs more memory or disk than a reading statement may have; aggregate less at a time')
  }
  const words = error.hint === undefined ? error.message : `${error.message} (${error.hint})`
  const told = quoted(words.slice(0, TOLD_CHARS_MAX))
  if (NOT_FOUND.includes(state)) return new ToolRefusal(`${told} describe_schema {"table":"…"} shows the columns`)
  if (state === SYNTAX && !/^\W*(?:select|with|values|table)\b/i.test(statement)) {
    return new ToolRefusal(`send one SELECT (or WITH … SELECT); nothing else is run here. ${told}`)
  }
  return new ToolRefusal(`the database refuses it: ${told}`)
}
