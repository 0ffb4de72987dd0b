import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { SensoriumError } from '../pipeline/errors.ts'
import type { Variant } from './capabilities.ts'

export const MIGRATIONS_DIR = join(import.meta.dirname, '..', 'sql', 'migrations')

/** `NNNN_name.sql`, or `NNNN_name.VARIANT.sql` for what runs only where the database can. */
const FILE_NAME = /^(\d{4})_([a-z0-9_]+)(?:\.(timescale|community|vector|trigram))?\.sql$/
const VARIANT_ORDER: readonly Variant[] = ['', 'timescale', 'community', 'vector', 'trigram']
/** First line of a file that cannot run in a transaction, such as CREATE INDEX CONCURRENTLY: one statement, repeatable. */
const NO_TRANSACTION = /^-- no transaction\b/

/**
 * Made hypertables of tables one by one. What they did is the layout's work now (store/partitions/layout.ts): they stay
 * for the databases that they ran on, and run on no other.
 */
const RETIRED: ReadonlySet<string> = new Set([
  '0001_telemetry.timescale.sql',
  '0001_telemetry.community.sql',
  '0005_event_tables.timescale.sql',
  '0005_event_tables.community.sql',
])

export interface Migration {
  readonly version: number
  readonly variant: Variant
  readonly file: string
  readonly sql: string
  /** SHA-256 of the text with Unix line ends, since git may change those. */
  readonly checksum: string
  readonly inTransaction: boolean
  /** Known, and not run any more. */
  readonly isRetired: boolean
}

/**
 * The migrations of a folder in the order in which they run: by version, the plain file before its variants.
 * @throws SensoriumError MIGRATION_FAILED for names that do not fit, and variants without their plain file.
 */
export function readMigrations(directory: string): Migration[] {
  const files = readdirSync(directory).filter(file => file.endsWith('.sql'))
  const migrations = files.map(file => readMigration(directory, file))
  migrations.sort((a, b) => a.version - b.version || order(a) - order(b))
  for (const [index, { version, file }] of migrations.entries()) {
    const plain = migrations.find(other => other.version === version)
    if (plain?.variant !== '' || nameOf(plain.file) !== nameOf(file)) {
      throw new SensoriumError('MIGRATION_FAILED', `${file} has no plain file of the same number and name beside it`)
    }
    if (
      index > 0 &&
      migrations[index - 1]?.version === version &&
      order(migrations[index - 1]!) === order(migrations[index]!)
    ) {
      throw new SensoriumError('MIGRATION_FAILED', `two migrations have the number of ${file}`)
    }
  }
  return migrations
}

function readMigration(directory: string, file: string): Migration {
  const match = FILE_NAME.exec(file)
  if (match === null) {
    throw new SensoriumError('MIGRATION_FAILED', `${file} is not named NNNN_name.sql or NNNN_name.VARIANT.sql`)
  }
  const sql = readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n')
  return {
    version: Number(match[1]),
    // The pattern admits these names only.
    variant: (match[3] ?? '') as Variant,
    file: basename(file),
    sql,
    checksum: createHash('sha256').update(sql).digest('hex'),
    inTransaction: !NO_TRANSACTION.test(sql),
    isRetired: RETIRED.has(file),
  }
}

function order({ variant }: Migration): number {
  return VARIANT_ORDER.indexOf(variant)
}

function nameOf(file: string): string | undefined {
  return FILE_NAME.exec(file)?.[2]
}
