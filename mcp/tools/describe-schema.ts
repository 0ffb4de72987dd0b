import { z } from 'zod'
import { ToolRefusal } from '../refusal.ts'
import { budget, defineTool, text } from '../tool.ts'

export const describeSchema = defineTool({
  name: 'describe_schema',
  title: 'Tables and columns',
  description: 'Tables and views, or the columns of one, for query_sql. {"table":"trace_spans"}',
  input: z.strictObject({ table: text(63).optional(), ...budget }),
  async run({ table }, access) {
    if (table === undefined) {
      const tables = await access.shown(
        `SELECT c.relname AS table, CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END AS kind, obj_description(c.oid) AS about
         FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'v', 'p')
           AND c.relname <> 'schema_migrations' ORDER BY 1`,
      )
      return { summary: `${tables.length} tables and views.`, sections: [{ name: 'tables', rows: tables }] }
    }
    const columns = await access.shown(
      `SELECT a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type, col_description(a.attrelid, a.attnum) AS about
       FROM pg_attribute a WHERE a.attrelid = to_regclass(quote_ident($1)) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
      [table],
    )
    if (columns.length === 0) throw new ToolRefusal('there is no such table; describe_schema {} lists them')
    const indexes = await access.rows(
      `SELECT regexp_replace(indexdef, '^.* USING ', '') AS index FROM pg_indexes WHERE schemaname = current_schema() AND tablename = $1`,
      [table],
    )
    return {
      summary: `${columns.length} columns, ${indexes.length} indexes.`,
      sections: [
        { name: 'columns', rows: columns },
        { name: 'indexes', rows: indexes },
      ],
    }
  },
})
