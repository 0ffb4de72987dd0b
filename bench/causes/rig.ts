import pg from 'pg'
import type { Read } from '../../store/reading.ts'
import { freePorts, startSensorium } from '../../tests/sensorium-process.ts'
import { BENCH_CONFIG } from '../load/config.ts'
import { openBenchDatabase } from '../load/database.ts'

/** A Sensorium of its own, with an empty store. */
export interface Rig {
  /** Its OTLP/HTTP port. */
  readonly port: number
  readonly read: Read
}

export async function withSensorium<T>(use: (rig: Rig) => Promise<T>): Promise<T> {
  const database = await openBenchDatabase()
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, config: BENCH_CONFIG, environment: { DATABASE_URL: database.url } })
  const client = new pg.Client(database.url)
  try {
    await client.connect()
    return await use({ port: ports.http, read: async (sql, values) => (await client.query(sql, [...values])).rows })
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
