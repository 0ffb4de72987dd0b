import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { Encoder } from '../../exporters/timescale/encode.ts'
import { COPY_HEADER, COPY_TRAILER, copyStatement } from '../../exporters/timescale/table.ts'
import type { Batch, Signal } from '../../pipeline/model/index.ts'
import { decodeRequest } from '../../receivers/otlp/wire/index.ts'
import { RECORDS_PER_REQUEST, requestPool, traceIdEnds, traceIdsOf } from '../load/pool.ts'

/**
 * What the path is measured against: the same rows, encoded beforehand, copied by one backend into a table that is
 * like the real one in columns and indexes. Everything that Sensorium does beside that is its overhead.
 */
export interface Reference {
  /** Copies for about `seconds` in one transaction and resolves to rows and time including the commit. */
  run(seconds: number): Promise<{ rows: number; seconds: number }>
  close(): Promise<void>
}

export async function openReference(signal: Signal, connectionString: string): Promise<Reference> {
  const encoder = new Encoder()
  const requests = requestPool(signal).map((body, seed) => encodeRows(encoder, signal, body, seed))
  const { table } = requests[0]!
  const client = new pg.Client({ connectionString })
  await client.connect()
  const copy = { ...table, name: `bench_${table.name}` }
  await client.query(`DROP TABLE IF EXISTS ${copy.name}; CREATE TABLE ${copy.name} (LIKE ${table.name} INCLUDING ALL)`)
  await makeHypertable(client, copy.name)
  let sent = 0
  async function* rows(end: number) {
    yield COPY_HEADER
    while (performance.now() < end) {
      const request = requests[sent % requests.length]!
      const round = Math.floor(sent / requests.length)
      for (const at of request.ends) request.bytes.writeUInt32BE(round, at - 4)
      sent += 1
      yield request.bytes
    }
    yield COPY_TRAILER
  }
  return {
    run: async seconds => {
      const before = sent
      const start = performance.now()
      await client.query('BEGIN')
      await pipeline(rows(start + seconds * 1000), client.query(copyFrom(copyStatement(copy))))
      await client.query('COMMIT')
      return { rows: (sent - before) * RECORDS_PER_REQUEST, seconds: (performance.now() - start) / 1000 }
    },
    close: () => client.end(),
  }
}

function encodeRows(encoder: Encoder, signal: Signal, body: Buffer, seed: number) {
  const { items } = decodeRequest(signal, body, 'protobuf', { maxNesting: 32, maxRecords: 1_000_000 })
  const account = { receiver: 'bench', received: items.length, dropped: new Map(), rejected: [] }
  const encoded = encoder.encode({ id: `${seed}`, signal, items, bytes: body.length, account } as Batch) // one signal's items
  const { table, rows } = encoded.parts[0]!
  const { arena, start, end } = rows
  const bytes = Buffer.from(arena.bytes.subarray(start, end))
  encoder.release(encoded)
  const ids = traceIdsOf(signal, seed).map(id => Buffer.from(id, 'hex'))
  return { table, bytes, ends: traceIdEnds(bytes, ids) }
}

async function makeHypertable(client: pg.Client, table: string): Promise<void> {
  const { rowCount } = await client.query(`SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'`)
  if (rowCount === 0) return
  await client.query(
    `SELECT create_hypertable('${table}', by_range('timestamp', INTERVAL '1 day'), create_default_indexes => false)`,
  )
}
