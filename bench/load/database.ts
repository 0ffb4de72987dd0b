import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import type { Signal } from '../../pipeline/model/index.ts'
import { migrate } from '../../store/migrate.ts'
import { openStore, type Store } from '../../store/open.ts'
import { databaseSettings } from '../../store/settings.ts'
import { freePort } from '../../tests/postgres-server.ts'

/** A migrated database for one run: an embedded server of its own, or the one that DATABASE_URL names. */
export interface BenchDatabase {
  readonly url: string
  /** What components get as `context.database`. */
  readonly store: Store
  /** The server's first process; undefined where it is not ours. */
  readonly serverPid: number | undefined
  /** Bytes of write-ahead log so far. */
  walBytes(): Promise<number>
  /** Rows of the load; Sensorium's own findings are not among them. */
  count(signal: Signal): Promise<number>
  close(): Promise<void>
}

/** @param kept a folder of an embedded server that stays, and may hold what an earlier run filled it with */
export async function openBenchDatabase(kept?: string): Promise<BenchDatabase> {
  const folder = kept ?? (await mkdtemp(path.join(tmpdir(), 'sensorium-bench-')))
  const settings = databaseSettings.parse({
    url: process.env.DATABASE_URL ?? '',
    data_dir: path.join(folder, 'postgres'),
    port: await freePort(),
  })
  const store = await openStore(settings, pino({ level: 'silent' }))
  await migrate(store)
  const url = store.connection('owner').connectionString
  const query = async (sql: string): Promise<number> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query<{ n: string }>(sql)
    await client.end()
    return Number(rows[0]!.n)
  }
  const isEmbedded = (settings.url ?? '') === ''
  return {
    url,
    store,
    serverPid: isEmbedded
      ? Number.parseInt(await readFile(path.join(folder, 'postgres/cluster/postmaster.pid'), 'utf8'), 10)
      : undefined,
    walBytes: () => query(`SELECT pg_current_wal_insert_lsn() - '0/0' AS n`),
    count: async signal => {
      const table = { traces: 'trace_spans', logs: 'application_logs', metrics: 'metrics_samples' }[signal]
      const findings =
        signal === 'logs' ? ` AND coalesce(event_name, '') !~ '^(problem|anomaly|slo\\.burn|incident|node)\\.'` : ''
      return query(`SELECT count(*) AS n FROM ${table} WHERE service <> 'sensorium'${findings}`)
    },
    close: async () => {
      await store.close()
      if (kept === undefined) await rm(folder, { recursive: true })
    },
  }
}
