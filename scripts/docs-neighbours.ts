import { createServer } from 'node:http'
import path from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { startEmbedded } from '../store/embedded/index.ts'
import { serveStandIn } from '../tests/grafana/stand-in.ts'

/**
 * What pages speak of beside Sensorium, for as long as this process runs: the stand-in of Grafana at port 3000, a chat's
 * incoming webhook at 3001, empty databases of a server of somebody's own at 5432, whose folder is the argument. Says
 * `ready` when all are there.
 */
const GRAFANA_PORT = 3000
const CHAT_PORT = 3001
const POSTGRES_PORT = 5432

const grafana = await serveStandIn(GRAFANA_PORT)
grafana.folders.set('team-shop', { id: 2, version: 1, uid: 'team-shop', title: 'Shop' })

const chat = createServer((request, response) => {
  request.resume().once('end', () => response.end('ok'))
})
await new Promise<void>(resolve => chat.listen(CHAT_PORT, '127.0.0.1', resolve))

const server = await startEmbedded({
  dataDir: path.resolve(process.argv[2] ?? 'postgres'),
  port: POSTGRES_PORT,
  logger: pino({ level: 'silent' }),
  guarded: false,
})
const client = new pg.Client(server.connection('owner').connectionString)
await client.connect()
await client.query(
  `CREATE ROLE postgres LOGIN SUPERUSER PASSWORD ${client.escapeLiteral(process.env.PGPASSWORD ?? '')}`,
)
for (const name of ['observability', 'restored']) await client.query(`CREATE DATABASE ${name} OWNER postgres`)
await client.end()
console.log('ready')

process.once('SIGTERM', () => {
  void server.close().then(() => process.exit(0))
})
