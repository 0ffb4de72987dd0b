import { errorText, SensoriumError } from '../pipeline/errors.ts'

/** By their names, so that no command has to load what it does not use. */
const EXPECTED = new Set(['SensoriumError', 'EmbeddingError', 'DemoError'])

/** What Postgres refuses (SQLSTATE), and what to do about it. */
const REFUSALS: Readonly<Record<string, string>> = {
  '42501':
    'the login of DATABASE_URL may not do that. The URL that the banner prints only reads, for psql and Grafana: leave DATABASE_URL unset, and commands find the embedded database themselves; or name the login that owns the tables',
  '25006': 'that writes, and this session only reads: name the login that owns the tables in DATABASE_URL',
  '42P01': 'the database is of another version of Sensorium: run sensorium migrate',
  '42703': 'the database is of another version of Sensorium: run sensorium migrate',
  '42883': 'the database is of another version of Sensorium: run sensorium migrate',
  '57014': 'it took longer than the database lets it: narrow the time range',
}

/**
 * Ends the command: a fault that the user can mend is shown as one message, anything else with its stack, since then
 * we are at fault. The exit code is 1 either way.
 */
export function fail(error: unknown): never {
  console.error(`sensorium: ${messageOf(error)}`)
  process.exit(1)
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `unexpected error: ${errorText(error)}`
  if (error instanceof SensoriumError || EXPECTED.has(error.name)) return error.message
  const remedy = REFUSALS[String(Reflect.get(error, 'code'))]
  if (remedy !== undefined) return `${error.message} (${remedy})`
  return `unexpected error: ${error.stack ?? error.message}`
}
