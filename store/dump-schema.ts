import type pg from 'pg'

/**
 * The statements that make the current schema, in a form that depends on the schema only: what reviewers read, and what
 * a drift check compares. Objects of a kind stand in the order in which the migrations made them, views after tables.
 * Running the text in an empty database makes the same schema again; the extensions' own objects are left to them.
 *
 * @throws Error for a kind of object that it cannot write down, so that nothing is left out in silence.
 */
export async function dumpSchema(owner: pg.ClientBase): Promise<string> {
  await refuseUnknownKinds(owner)
  // Functions come first, since tables and views use them; what they read themselves is not there yet.
  const blocks = ['SET check_function_bodies = off;']
  for (const section of [
    EXTENSIONS,
    FUNCTIONS,
    TABLES,
    VIEWS,
    INDEXES,
    FOREIGN_KEYS,
    TRIGGERS,
    POLICIES,
    COMMENTS,
    GRANTS,
  ]) {
    const { rows } = await owner.query<{ block: string }>(section)
    blocks.push(...rows.map(({ block }) => block))
  }
  return `${blocks.join('\n\n')}\n`
}

/** Objects of our schema that no extension owns; `%s` is the catalogue and the alias's oid. */
const own = (alias: string, catalog: string, namespace: string): string =>
  `${alias}.${namespace} = current_schema()::regnamespace AND NOT EXISTS (
    SELECT FROM pg_depend e WHERE e.classid = '${catalog}'::regclass AND e.objid = ${alias}.oid AND e.deptype = 'e')`
const OWN_CLASS = own('c', 'pg_class', 'relnamespace')

/** Tables, their parts, and views. Partitions follow the clock, not the schema: they are left out. */
async function refuseUnknownKinds(owner: pg.ClientBase): Promise<void> {
  const { rows } = await owner.query<{ name: string }>(`
    SELECT c.relname AS name FROM pg_class c WHERE ${OWN_CLASS} AND (c.relkind NOT IN ('r', 'p', 'v', 'm', 'i', 'I', 'S', 't')
      OR (c.relkind = 'S' AND NOT EXISTS (
        SELECT FROM pg_depend i WHERE i.objid = c.oid AND i.deptype = 'i')))
    UNION ALL SELECT t.typname FROM pg_type t WHERE ${own('t', 'pg_type', 'typnamespace')} AND t.typtype IN ('e', 'd', 'r')
    UNION ALL SELECT p.proname FROM pg_proc p WHERE ${own('p', 'pg_proc', 'pronamespace')} AND p.prokind NOT IN ('f', 'p', 'a')`)
  if (rows.length === 0) return
  throw new Error(`dumpSchema does not know how to write ${rows.map(({ name }) => name).join(', ')}: teach it`)
}

const EXTENSIONS = `
  SELECT format('CREATE EXTENSION IF NOT EXISTS %I;', extname) AS block
  FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY extname`

const AGGREGATE = `
  format('CREATE AGGREGATE %s(%s) (SFUNC = %s, STYPE = %s%s%s%s%s);', p.oid::regproc, pg_get_function_identity_arguments(p.oid),
    a.aggtransfn, format_type(a.aggtranstype, NULL), ', FINALFUNC = ' || nullif(a.aggfinalfn::text, '-'),
    ', COMBINEFUNC = ' || nullif(a.aggcombinefn::text, '-'), ', INITCOND = ' || quote_literal(a.agginitval),
    CASE p.proparallel WHEN 's' THEN ', PARALLEL = SAFE' END)`

const FUNCTIONS = `
  SELECT CASE p.prokind WHEN 'a' THEN ${AGGREGATE} ELSE trim(trailing E'\\n' FROM pg_get_functiondef(p.oid)) || ';' END AS block
  FROM pg_proc p LEFT JOIN pg_aggregate a ON a.aggfnoid = p.oid
  WHERE ${own('p', 'pg_proc', 'pronamespace')} AND p.prokind IN ('f', 'p', 'a') ORDER BY p.oid`

const COLUMN = `
  format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
  || CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END
  || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
  || CASE
    WHEN a.attgenerated = 's' THEN format(' GENERATED ALWAYS AS (%s) STORED', pg_get_expr(d.adbin, d.adrelid))
    WHEN a.attgenerated = 'v' THEN format(' GENERATED ALWAYS AS (%s) VIRTUAL', pg_get_expr(d.adbin, d.adrelid))
    WHEN d.oid IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)
    WHEN a.attidentity <> '' THEN format(' GENERATED %s AS IDENTITY%s',
      CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END,
      (SELECT CASE WHEN s.seqcache <> 1 THEN format(' (CACHE %s)', s.seqcache) ELSE '' END FROM pg_sequence s
        WHERE s.seqrelid = pg_get_serial_sequence(c.oid::regclass::text, a.attname)::regclass))
    ELSE '' END`

const TABLES = `
  SELECT format(E'CREATE TABLE %s (\\n  %s\\n)%s%s;', c.oid::regclass, string_agg(part, E',\\n  ' ORDER BY sort, name),
    ' PARTITION BY ' || pg_get_partkeydef(c.oid), CASE WHEN c.reloptions IS NULL THEN '' ELSE format(' WITH (%s)', array_to_string(c.reloptions, ', ')) END)
    || CASE WHEN c.relrowsecurity THEN format(E'\\nALTER TABLE %s ENABLE ROW LEVEL SECURITY;', c.oid::regclass) ELSE '' END AS block
  FROM pg_class c CROSS JOIN LATERAL (
    SELECT a.attnum AS sort, '' AS name, ${COLUMN} AS part
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 32767, k.conname, format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid))
    FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'c', 'x')
  ) parts
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND ${OWN_CLASS}
  GROUP BY c.oid, c.reloptions, c.relrowsecurity ORDER BY c.oid`

const INDEXES = `
  SELECT string_agg(replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') || ';', E'\\n' ORDER BY i.indexrelid) AS block
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
  WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND ${OWN_CLASS}
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid)
  GROUP BY i.indrelid ORDER BY i.indrelid`

const FOREIGN_KEYS = `
  SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s;', c.oid::regclass, k.conname, pg_get_constraintdef(k.oid)) AS block
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
  WHERE k.contype = 'f' AND NOT c.relispartition AND ${OWN_CLASS} ORDER BY c.oid, k.conname`

const VIEWS = `
  SELECT format(E'CREATE %s %s%s AS\\n%s', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, c.oid::regclass,
    CASE WHEN c.reloptions IS NULL THEN '' ELSE format(' WITH (%s)', array_to_string(c.reloptions, ', ')) END,
    pg_get_viewdef(c.oid)) AS block
  FROM pg_class c WHERE c.relkind IN ('v', 'm') AND ${OWN_CLASS} ORDER BY c.oid`

const TRIGGERS = `
  SELECT pg_get_triggerdef(g.oid) || ';' AS block
  FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
  WHERE NOT g.tgisinternal AND NOT c.relispartition AND ${OWN_CLASS} ORDER BY c.oid, g.tgname`

const POLICIES = `
  SELECT format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s;', p.policyname, c.oid::regclass, p.permissive, p.cmd,
    array_to_string(p.roles, ', '), ' USING (' || p.qual || ')', ' WITH CHECK (' || p.with_check || ')') AS block
  FROM pg_policies p JOIN pg_class c ON c.relname = p.tablename AND p.schemaname = current_schema()
  WHERE NOT c.relispartition AND ${OWN_CLASS} ORDER BY c.oid, p.policyname`

const COMMENTS = `
  SELECT string_agg(format('COMMENT ON %s IS %L;', CASE
      WHEN d.objsubid > 0 THEN format('COLUMN %s.%I', c.oid::regclass, a.attname)
      ELSE format('%s %s', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'i' THEN 'INDEX'
        ELSE 'TABLE' END, c.oid::regclass) END, d.description), E'\\n' ORDER BY d.objsubid) AS block
  FROM pg_description d JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
  WHERE NOT c.relispartition AND ${OWN_CLASS} GROUP BY c.oid ORDER BY c.relkind IN ('v', 'm'), c.oid`

/**
 * Rights that were given to others than the owner. Those on sequences by their names: one of a column that came later has
 * another place among the oids of a copy.
 */
const GRANTS = `
  SELECT string_agg(statement, E'\\n' ORDER BY statement) AS block FROM (
    SELECT c.oid, c.relkind, format('GRANT %s ON %s%s TO %I;', string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type),
      CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END, c.oid::regclass, r.rolname) AS statement
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) g JOIN pg_roles r ON r.oid = g.grantee
    WHERE g.grantee <> c.relowner AND NOT c.relispartition AND ${OWN_CLASS} GROUP BY c.oid, c.relkind, r.rolname
  ) grants GROUP BY oid, relkind ORDER BY relkind IN ('v', 'm'), relkind = 'S', CASE relkind WHEN 'S' THEN oid::regclass::text END, oid`
