import { z } from 'zod'

/** An unset variable in `${env:DATABASE_URL:-}` arrives as ''. */
const connectionUrl = z
  .string()
  .regex(/^(postgres(ql)?:\/\/.*)?$/, 'must look like postgres://user:password@host:port/database')
  .refine(url => url === '' || URL.canParse(url), 'is no URL: percent-encode the special characters of the password')
  .transform(url => (url === '' ? undefined : url))
  .optional()

/** `service.database` in the configuration. */
export const databaseSettings = z.strictObject({
  url: connectionUrl.describe(
    'Postgres or TimescaleDB to use, as postgres://user:password@host:port/database; the user owns the tables. Without it an embedded Postgres runs in data_dir.',
  ),
  reader_url: connectionUrl.describe(
    'The same database under a user of its own for everything that only reads (MCP, console, Grafana, `sensorium sql`); the user is made if it is missing, and gets the role sensorium_reader. Without it the reader shares the login of url, takes that role, and agents get no query_sql.',
  ),
  data_dir: z
    .string()
    .min(1)
    .default('./data/postgres')
    .describe('Folder of the embedded Postgres: its data, passwords and log.'),
  min_free_mib: z
    .int()
    .min(16)
    .max(1024 * 1024)
    .optional()
    .describe(
      'MiB of the embedded database’s disk that are kept free: with less, senders are asked to wait until there is room. Without it a twentieth of the disk, from 64 MiB to 2 GiB.',
    ),
  port: z
    .int()
    .min(1)
    .max(65535)
    .default(54329)
    .describe('Port of the embedded Postgres on 127.0.0.1, for psql, Grafana and MCP on the same machine.'),
})
export type DatabaseSettings = z.output<typeof databaseSettings>
