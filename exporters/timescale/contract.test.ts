import { after } from 'node:test'
import pg from 'pg'
import { foreignConnection } from '../../store/open.ts'
import { type Destination, type Fault, MARK, testComponent } from '../../tests/contract/index.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { timescale } from './index.ts'
import { openProxy } from './testing/proxy.ts'

/** The SQLSTATE of each kind of fault, as a trigger on the ledger raises it: serialization failure, check violation. */
const SQLSTATES: Record<Fault, string> = { retryable: '40001', permanent: '23514' }

const FAULTS = `
  CREATE TABLE fault (sqlstate text);
  GRANT SELECT ON fault TO sensorium_writer;
  CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE code text := (SELECT sqlstate FROM fault);
    BEGIN
      IF code IS NOT NULL THEN RAISE EXCEPTION 'as ordered' USING ERRCODE = code; END IF;
      RETURN NEW;
    END $$;
  CREATE TRIGGER fail BEFORE INSERT ON ingest_ledger FOR EACH ROW EXECUTE FUNCTION fail()`

const MARKS = `
  SELECT attributes->>'${MARK}' AS mark FROM trace_spans
  UNION ALL SELECT context->>'${MARK}' FROM application_logs
  UNION ALL SELECT labels->>'${MARK}' FROM metrics_samples`

const { url } = await createDatabase()
const client = new pg.Client(url)
await client.connect()
await client.query(FAULTS)
const proxy = await openProxy({ after }, url)
// The server may be stopped before us: that is no fault of the exporter's.
client.on('error', () => {})
after(() => client.end().catch(() => {}))
const context = { database: { connection: () => foreignConnection(proxy.url, undefined, 'writer', 'separate') } }

testComponent(timescale, {
  context,
  destination: async (): Promise<Destination> => {
    await client.query('TRUNCATE spans, logs, metric_points, ingest_ledger, dead_letters, fault')
    return {
      settings: {},
      context,
      answer(fault) {
        const ordered = client.query(
          `WITH old AS (DELETE FROM fault) INSERT INTO fault SELECT $1::text WHERE $1 IS NOT NULL`,
          [fault === undefined ? null : SQLSTATES[fault]],
        )
        proxy.beforeRequest = async () => {
          await ordered
        }
      },
      arrived: async () => (await client.query<{ mark: string }>(MARKS)).rows.map(({ mark }) => mark),
      close: async () => {
        proxy.beforeRequest = async () => {}
      },
    }
  },
})
