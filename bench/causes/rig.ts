import pg from 'pg'
import type { Read } from '../../store/reading.ts'
import { freePorts, startSensorium } from '../../tests/sensorium-process.ts'
import { BENCH_CONFIG } from '../load/config.ts'
import { openBenchDatabase } from '../load/database.ts'

/** A Sensorium of its own, with an empty store. */
export interface Rig {
  /** Its OTLP/HTTP port, and that of the application. */
  readonly port: number
  readonly application: number
  readonly read: Read
}

export async function withSensorium<T>(
  use: (rig: Rig) => Promise<T>,
  config = BENCH_CONFIG,
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  const database = await openBenchDatabase()
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, config, environment: { ...environment, DATABASE_URL: database.url } })
  const client = new pg.Client(database.url)
  try {
    await client.connect()
    const read: Read = async (sql, values) => (await client.query(sql, [...values])).rows
    return await use({ port: ports.http, application: ports.application, read })
  } finally {
    await client.end().catch(() => {})
    await sensorium.end('SIGTERM')
    await database.close()
  }
}

/** Until every template has its group. */
export async function grouped(read: Read): Promise<void> {
  for (;;) {
    const [row] = await read(
      `SELECT count(*)::int AS n FROM (SELECT DISTINCT fingerprint FROM logs WHERE fingerprint IS NOT NULL) l
       WHERE NOT EXISTS (SELECT FROM fingerprints f WHERE f.fingerprint = l.fingerprint)`,
      [],
    )
    if (row!.n === 0) return
    await new Promise(resolve => setTimeout(resolve, 500))
  }
}
