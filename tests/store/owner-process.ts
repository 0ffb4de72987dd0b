/**
 * A Sensorium process in small, for tests that kill it: runs the embedded server of a folder, says so over IPC, and
 * inserts numbered rows when told to, reporting each one that was committed.
 *
 *     fork('owner-process.ts', [dataDir, port])
 */
import pg from 'pg'
import { pino } from 'pino'
import { SensoriumError } from '../../pipeline/errors.ts'
import { startEmbedded } from '../../store/embedded/index.ts'

const [dataDir = '', port = ''] = process.argv.slice(2)

try {
  const server = await startEmbedded({ dataDir, port: Number(port), logger: pino({ level: 'silent' }) })
  const client = new pg.Client(server.connection('owner'))
  await client.connect()
  const { rows } = await client.query<{ pid: number }>(
    `SELECT (regexp_match(pg_read_file('postmaster.pid'), '^\\d+'))[1]::int AS pid`,
  )
  const stop = async (): Promise<void> => {
    await client.end()
    await server.close()
    process.disconnect()
  }
  const insert = async (): Promise<void> => {
    await client.query('DROP TABLE IF EXISTS numbers; CREATE TABLE numbers (number int)')
    for (let number = 1; ; number++) {
      await client.query('INSERT INTO numbers VALUES ($1)', [number])
      process.send?.({ kind: 'committed', number })
    }
  }
  process.on('message', message => void (message === 'stop' ? stop() : insert()))
  // The test is gone: nobody else would end us.
  process.on('disconnect', () => process.exit())
  process.send?.({ kind: 'ready', postmaster: rows[0]?.pid })
} catch (error) {
  process.send?.({
    kind: 'failed',
    code: error instanceof SensoriumError ? error.code : undefined,
    message: String(error),
  })
  process.exitCode = 1
  process.disconnect()
}
