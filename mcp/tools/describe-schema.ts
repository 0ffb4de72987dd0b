import { z } from 'zod'
import { counted } from '../answer.ts'
import { ToolRefusal } from '../refusal.ts'
import { budget, defineTool, text } from '../tool.ts'

const FINGERPRINT_NOTE = " Tools take a fingerprint as lpad(to_hex(fingerprint), 16, '0')."

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
           AND c.relname <> 'schema_migrations' AND has_any_column_privilege(c.oid, 'SELECT') ORDER BY obj_description(c.oid) IS NULL, 1`,
      )
      const functions = await access.shown(
        `SELECT p.proname AS function, pg_get_function_arguments(p.oid) AS arguments, obj_description(p.oid) AS about
         FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND obj_description(p.oid) IS NOT NULL ORDER BY 1`,
      )
      return {
        summary: `${counted(tables.length, 'table or view', 'tables and views')}.`,
        sections: [
          { name: 'tables', rows: tables },
          { name: 'functions', rows: functions },
        ],
      }
    }
    const columns = await access.shown(
      `SELECT a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type, col_description(a.attrelid, a.attnum) AS about
       FROM pg_attribute a WHERE a.attrelid = to_regclass(quote_ident($1)) AND a.attnum > 0 AND NOT a.attisdropped
         AND has_column_privilege(a.attrelid, a.attnum, 'SELECT') ORDER BY a.attnum`,
      [table],
    )
    if (columns.length === 0)
      throw new ToolRefusal('there is no such table that may be read; describe_schema {} lists them')
    const indexes = await access.shown(
      `SELECT regexp_replace(indexdef, '^.* USING ', '') AS index FROM pg_indexes WHERE schemaname = current_schema() AND tablename = $1`,
      [table],
    )
    return {
      summary: `${counted(columns.length, 'column')}, ${counted(indexes.length, 'index', 'indexes')}.${columns.some(row => row.column === 'fingerprint' && row.type === 'bigint') ? FINGERPRINT_NOTE : ''}`,
      sections: [
        { name: 'columns', rows: columns },
        { name: 'indexes', rows: indexes },
      ],
    }
  },
})
