import type pg from 'pg'
import { SensoriumError } from '../../pipeline/errors.ts'

/**
 * Puts a new, empty table in the place of one that is locked: the same columns, indexes, policies, rights, comments and
 * sequences, and the views over the old one read the new one. The old one goes on under the name `old`, and its indexes
 * under names of their own. Within a transaction.
 *
 * @param partitionBy such as `PARTITION BY RANGE (timestamp)`; empty for an ordinary table.
 * @throws SensoriumError MIGRATION_FAILED where something hangs on the table that cannot be moved.
 */
export async function replaceTable(
  owner: pg.ClientBase,
  table: string,
  old: string,
  partitionBy: string,
): Promise<void> {
  const views = await viewsOf(owner, table)
  // Read before the names change, since the texts name the table.
  const indexes = await indexesOf(owner, table)
  await owner.query(`ALTER TABLE ${table} RENAME TO ${old}`)
  for (const [i, { name }] of indexes.entries()) await owner.query(`ALTER INDEX ${name} RENAME TO ${old}_idx${i + 1}`)
  await owner.query(`CREATE TABLE ${table} (LIKE ${old} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE
    INCLUDING COMPRESSION INCLUDING COMMENTS INCLUDING IDENTITY) ${partitionBy}`)
  for (const { definition, constraint } of indexes) {
    await owner.query(constraint === null ? definition : `ALTER TABLE ${table} ADD ${constraint}`)
  }
  for (const statement of await furtherStatements(owner, table, old)) await owner.query(statement)
  await moveSequences(owner, table, old)
  for (const view of views) await owner.query(view)
}

interface Index {
  readonly name: string
  readonly definition: string
  readonly constraint: string | null
}

async function indexesOf(owner: pg.ClientBase, table: string): Promise<Index[]> {
  const { rows } = await owner.query<Index>(
    `SELECT i.indexrelid::regclass::text AS name, replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') AS definition,
       'CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid) AS constraint
     FROM pg_index i LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid
     WHERE i.indrelid = to_regclass(quote_ident($1)) AND i.indisvalid ORDER BY i.indexrelid`,
    [table],
  )
  return rows
}

/** Statements that make the views and functions of the old table read the new one. Views over those need nothing. */
async function viewsOf(owner: pg.ClientBase, table: string): Promise<string[]> {
  const { rows } = await owner.query<{ kind: string; name: string; statement: string }>(
    `SELECT v.relkind::text AS kind, v.oid::regclass::text AS name,
       format('CREATE OR REPLACE VIEW %s%s AS %s', v.oid::regclass,
         ' WITH (' || array_to_string(v.reloptions, ', ') || ')', pg_get_viewdef(v.oid)) AS statement
     FROM pg_class v WHERE v.oid IN (
       SELECT r.ev_class FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
       WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
         AND d.refobjid = to_regclass(quote_ident($1)) AND r.ev_class <> d.refobjid)
     UNION ALL
     SELECT 'f', p.oid::regprocedure::text, pg_get_functiondef(p.oid)
     FROM pg_proc p WHERE p.oid IN (
       SELECT d.objid FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_class'::regclass
         AND d.refobjid = to_regclass(quote_ident($1)))`,
    [table],
  )
  const stuck = rows.filter(({ kind }) => kind === 'm').map(({ name }) => name)
  if (stuck.length > 0) {
    throw new SensoriumError(
      'MIGRATION_FAILED',
      `the materialized view ${stuck.join(', ')} reads ${table} and would go on reading its old form: drop it, run \`sensorium migrate\`, and make it again`,
    )
  }
  return rows.map(({ statement }) => statement)
}

/** Checks, row-level security, the table's comment, and the rights of others, of the table and of its columns. */
async function furtherStatements(owner: pg.ClientBase, table: string, old: string): Promise<string[]> {
  const { rows } = await owner.query<{ statement: string }>(FURTHER, [table, old])
  return rows.map(({ statement }) => statement)
}

const FURTHER = `
  WITH o AS (SELECT c.* , c.oid AS id FROM pg_class c WHERE c.oid = to_regclass(quote_ident($2)))
  SELECT statement FROM (
    SELECT 1 AS step, format('ALTER TABLE %I ADD CONSTRAINT %I %s', $1::text, k.conname, pg_get_constraintdef(k.oid)) AS statement
    FROM pg_constraint k JOIN o ON k.conrelid = o.id WHERE k.contype = 'c' AND NOT k.connoinherit
    UNION ALL
    SELECT 2, format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', $1) FROM o WHERE relrowsecurity
    UNION ALL
    SELECT 3, format('CREATE POLICY %I ON %I AS %s FOR %s TO %s%s%s', p.policyname, $1, p.permissive, p.cmd,
      array_to_string(p.roles, ', '), ' USING (' || p.qual || ')', ' WITH CHECK (' || p.with_check || ')')
    FROM pg_policies p WHERE p.schemaname = current_schema() AND p.tablename = $2
    UNION ALL
    SELECT 4, format('COMMENT ON TABLE %I IS %L', $1, obj_description(id, 'pg_class')) FROM o
    WHERE obj_description(id, 'pg_class') IS NOT NULL
    UNION ALL
    -- A new table comes with the default rights, which may be more than the old one gave.
    SELECT 5, format('REVOKE ALL ON %I FROM %I', $1, r.rolname)
    FROM pg_class n CROSS JOIN LATERAL aclexplode(n.relacl) g JOIN pg_roles r ON r.oid = g.grantee
    WHERE n.oid = to_regclass(quote_ident($1)) AND g.grantee <> n.relowner GROUP BY r.rolname
    UNION ALL
    SELECT 6, format('GRANT %s ON %I TO %I', string_agg(g.privilege_type, ', '), $1, r.rolname)
    FROM o CROSS JOIN LATERAL aclexplode(o.relacl) g JOIN pg_roles r ON r.oid = g.grantee
    WHERE g.grantee <> o.relowner GROUP BY r.rolname
    UNION ALL
    SELECT 6, format('GRANT %s (%I) ON %I TO %I', g.privilege_type, a.attname, $1, r.rolname)
    FROM o JOIN pg_attribute a ON a.attrelid = o.id CROSS JOIN LATERAL aclexplode(a.attacl) g
    JOIN pg_roles r ON r.oid = g.grantee WHERE g.grantee <> o.relowner AND NOT a.attisdropped
  ) s ORDER BY step`

/** The new identity columns go on where the old ones are, and those of the old table, whose rows stay, end. */
async function moveSequences(owner: pg.ClientBase, table: string, old: string): Promise<void> {
  const { rows } = await owner.query<{ column: string; name: string; is_heap: boolean }>(
    `SELECT attname AS column, (SELECT relkind = 'r' FROM pg_class WHERE oid = attrelid) AS is_heap, (SELECT relname FROM pg_class WHERE oid = pg_get_serial_sequence($1, attname)::regclass) AS name
     FROM pg_attribute
     WHERE attrelid = to_regclass(quote_ident($1)) AND attidentity <> '' AND NOT attisdropped`,
    [old],
  )
  for (const { column, name, is_heap } of rows) {
    await owner.query(
      `SELECT setval(pg_get_serial_sequence($1, $3), coalesce(pg_sequence_last_value(pg_get_serial_sequence($2, $3)::regclass), 0) + 1, false)`,
      [table, old, column],
    )
    // A partition may not have one of its own.
    if (is_heap) await owner.query(`ALTER TABLE ${old} ALTER COLUMN ${column} DROP IDENTITY`)
    else await owner.query(`ALTER SEQUENCE ${name} RENAME TO ${old}_${column}_seq`)
    const { rows: made } = await owner.query<{ name: string }>('SELECT pg_get_serial_sequence($1, $2) AS name', [
      table,
      column,
    ])
    await owner.query(`ALTER SEQUENCE ${made[0]?.name} RENAME TO ${name}`)
  }
}
