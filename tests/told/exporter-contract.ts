import { after } from 'node:test'
import pg from 'pg'
import type { Definition } from '../../pipeline/component.ts'
import { foreignConnection } from '../../store/open.ts'
import { type Destination, type Fault, MARK, testComponent } from '../contract/index.ts'
import { createDatabase } from '../postgres.ts'

/** What the outbox meets: serialization failure, check violation. */
const SQLSTATES: Record<Fault, string> = { retryable: '40001', permanent: '23514' }

/** A fault is a setting of the session, so it holds from the next connection on and for no other. */
const FAULTS = `
  CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE code text := current_setting('told.fault', true);
    BEGIN
      IF code <> '' THEN RAISE EXCEPTION 'as ordered' USING ERRCODE = code; END IF;
      RETURN NEW;
    END $$;
  CREATE TRIGGER fail BEFORE INSERT ON notification_findings FOR EACH ROW EXECUTE FUNCTION fail()`

/**
 * The contract of all exporters, for those that tell people: what they acknowledge is in the outbox. What becomes of it
 * there is `testDestination`'s.
 */
export async function testTellingExporter(definition: Definition, settings: object): Promise<void> {
  const { url } = await createDatabase()
  const client = new pg.Client(url)
  await client.connect()
  await client.query(FAULTS)
  client.on('error', () => {})
  after(() => client.end().catch(() => {}))
  let fault: Fault | undefined
  const context = {
    database: {
      connection: () => {
        const { connectionString, options = '' } = foreignConnection(url, undefined, 'owner', 'separate')
        const ordered = fault === undefined ? '' : ` -c told.fault=${SQLSTATES[fault]}`
        return { connectionString, options: `${options}${ordered}` }
      },
    },
  }
  testComponent(
    { ...definition, signals: ['logs'] },
    {
      context,
      destination: async (): Promise<Destination> => {
        fault = undefined
        await client.query('TRUNCATE notification_findings, notification_groups, notification_tellings, notifications')
        return {
          settings,
          context,
          answer(ordered) {
            fault = ordered
          },
          arrived: async () => {
            const { rows } = await client.query<{ mark: string }>(
              `SELECT finding->'labels'->>'${MARK}' AS mark FROM notification_findings`,
            )
            return rows.map(({ mark }) => mark)
          },
          close: async () => {},
        }
      },
    },
  )
}
