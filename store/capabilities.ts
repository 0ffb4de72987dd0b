import type pg from 'pg'
import { SensoriumError } from '../pipeline/errors.ts'
import { READER_ROLE, WRITER_ROLE } from './roles.ts'

/** The oldest release that we test; 14 is out of support since November 2026. */
export const MIN_SERVER_VERSION = 150_000
/** The first TimescaleDB with by_range(). */
const MIN_TIMESCALE_VERSION: readonly [number, number] = [2, 13]

/** What the schema stands on: see the table in DESIGN, "one schema, four footings". */
export type Footing = 'embedded' | 'postgres' | 'timescale_apache' | 'timescale_community'

export interface Extension {
  /** Version in this database, if it is installed here. */
  readonly installed: string | undefined
  /** Version that the server could install. */
  readonly available: string | undefined
}

export interface Capabilities {
  readonly footing: Footing
  /** As Postgres prints it, such as `18.4`, and as a number, such as 180004. */
  readonly serverVersion: string
  readonly serverVersionNumber: number
  readonly timescaledb: Extension & {
    /** Whether the server loaded the library at its start, without which the extension cannot be made. */
    readonly preloaded: boolean
    readonly license: 'apache' | 'timescale' | undefined
  }
  readonly vector: Extension
  readonly trigram: Extension
  /** The login may create extensions, as far as its rights tell. */
  readonly canCreateExtensions: boolean
  readonly canCreateRoles: boolean
  /** `separate`: writer and reader work under roles of their own. `shared`: under the owner's. */
  readonly roles: 'separate' | 'shared'
  readonly superuser: boolean
}

/** Variants of a migration that this database can run, in the order in which they run. */
export type Variant = '' | 'timescale' | 'community' | 'vector' | 'trigram'

export function variantsOf({ timescaledb, vector, trigram }: Capabilities): readonly Variant[] {
  const variants: Variant[] = ['']
  if (isUsableTimescale(timescaledb.installed)) variants.push('timescale')
  if (isUsableTimescale(timescaledb.installed) && timescaledb.license === 'timescale') variants.push('community')
  if (vector.installed !== undefined) variants.push('vector')
  if (trigram.installed !== undefined) variants.push('trigram')
  return variants
}

export function isUsableTimescale(version: string | undefined): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number)
  const [minMajor, minMinor] = MIN_TIMESCALE_VERSION
  return major > minMajor || (major === minMajor && minor >= minMinor)
}

/**
 * Asks the server what it can do. Works with the rights of an ordinary user.
 * @throws SensoriumError DATABASE_UNSUITABLE when it cannot hold our schema.
 */
export async function detectCapabilities(owner: pg.ClientBase, embedded: boolean): Promise<Capabilities> {
  const { rows } = await owner.query<Facts>(FACTS_SQL, [WRITER_ROLE, READER_ROLE])
  const facts = rows[0]!
  checkSuitable(facts)
  const timescaledb = {
    ...extension(facts, 'timescaledb'),
    preloaded: facts.timescale_preloaded,
    license: facts.timescale_license ?? undefined,
  }
  return {
    footing: embedded ? 'embedded' : footingOf(timescaledb),
    serverVersion: facts.server_version,
    serverVersionNumber: facts.server_version_num,
    timescaledb,
    vector: extension(facts, 'vector'),
    trigram: extension(facts, 'pg_trgm'),
    canCreateExtensions: facts.can_create,
    canCreateRoles: facts.can_create_roles,
    roles: facts.is_member ? 'separate' : 'shared',
    superuser: facts.superuser,
  }
}

function footingOf({ installed, license }: Capabilities['timescaledb']): Footing {
  if (!isUsableTimescale(installed)) return 'postgres'
  return license === 'timescale' ? 'timescale_community' : 'timescale_apache'
}

export interface Facts {
  readonly server_version: string
  readonly server_version_num: number
  readonly encoding: string
  readonly standby: boolean
  readonly current_user: string
  readonly current_schema: string | null
  readonly can_create: boolean
  readonly can_create_roles: boolean
  readonly superuser: boolean
  readonly is_member: boolean
  readonly timescale_preloaded: boolean
  readonly timescale_license: 'apache' | 'timescale' | null
  readonly extensions: Record<string, { installed: string | null; available: string | null }>
}

/** `SET` became a right of its own with Postgres 16; before, membership was enough. */
const FACTS_SQL = `
  SELECT current_setting('server_version') AS server_version,
    current_setting('server_version_num')::int AS server_version_num,
    current_setting('server_encoding') AS encoding,
    pg_is_in_recovery() AS standby,
    current_user::text AS current_user,
    current_schema()::text AS current_schema,
    has_database_privilege(current_database(), 'CREATE') AS can_create,
    (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS can_create_roles,
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
    (SELECT count(*) = 2 FROM pg_roles WHERE rolname IN ($1, $2) AND pg_has_role(current_user, oid,
      CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)) AS is_member,
    current_setting('timescaledb.disable_load', true) IS NOT NULL AS timescale_preloaded,
    current_setting('timescaledb.license', true) AS timescale_license,
    (SELECT coalesce(json_object_agg(name, json_build_object('installed', installed_version, 'available', default_version)), '{}')
      FROM pg_available_extensions WHERE name IN ('timescaledb', 'vector', 'pg_trgm')) AS extensions`

function extension(facts: Facts, name: string): Extension {
  const found = facts.extensions[name]
  return { installed: found?.installed ?? undefined, available: found?.available ?? undefined }
}

/** @throws SensoriumError DATABASE_UNSUITABLE */
export function checkSuitable(facts: Facts): void {
  const fault = unsuitable(facts)
  if (fault !== undefined)
    throw new SensoriumError('DATABASE_UNSUITABLE', `${fault} (service.database.url, DATABASE_URL)`)
}

function unsuitable(facts: Facts): string | undefined {
  if (facts.server_version_num < MIN_SERVER_VERSION) {
    return `the database is Postgres ${facts.server_version}, and Sensorium needs ${MIN_SERVER_VERSION / 10_000} or newer: upgrade the server or name another one`
  }
  if (facts.encoding !== 'UTF8') {
    return `the database is encoded in ${facts.encoding}, and telemetry is UTF-8: create one with ENCODING 'UTF8' TEMPLATE template0`
  }
  if (facts.standby) return 'the database is a read-only standby: name the primary server'
  if (facts.current_schema === null) {
    return `the search_path of ${facts.current_user} names no schema that exists: create one, or correct the search_path`
  }
  return undefined
}
