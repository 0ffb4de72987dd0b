import pg from 'pg'
import { z } from 'zod'
import { ToolRefusal } from '../refusal.ts'
import { budget, defineTool, limit } from '../tool.ts'

export const querySql = defineTool({
  name: 'query_sql',
  title: 'Any SELECT',
  description:
    'One SELECT, read only, 5 s and limit rows at most; describe_schema names the tables. {"sql":"SELECT count(*) FROM trace_spans"}',
  input: z.strictObject({ sql: z.string().min(1).max(10_000), limit: limit(100), ...budget }),
  async run({ sql, limit }, access) {
    if (access.services !== undefined) {
      throw new ToolRefusal('this token sees some services only, and SQL reads all of them; use the other tools')
    }
    const statement = sql.trim().replace(/;\s*$/, '')
    if (!/^(?:select|with|values|table|\()/i.test(statement)) {
      throw new ToolRefusal('send one SELECT (or WITH … SELECT); nothing else is run here')
    }
    try {
      // As a part of a SELECT of ours it can be nothing but a query, and no more than a page of it is read.
      const rows = await access.rows(`SELECT * FROM (${statement}\n) AS q LIMIT ${limit + 1}`)
      access.show(statement, [])
      return {
        summary: `${Math.min(rows.length, limit)} rows.`,
        sections: [
          {
            name: 'rows',
            rows: rows.slice(0, limit),
            total: rows.length > limit ? limit + 1 : undefined,
            more: 'raise limit, or aggregate',
          },
        ],
        empty: rows.length > 0 ? undefined : 'The query is right and finds nothing.',
      }
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error
      throw new ToolRefusal(
        `${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}; describe_schema {"table":"…"} shows the columns`,
      )
    }
  },
})
