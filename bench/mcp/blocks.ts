import type pg from 'pg'
import { type Block, BlockCollector } from '../../exporters/timescale/blocks/collect.ts'
import { entityMatcher } from '../../exporters/timescale/blocks/entities.ts'
import { filterOf } from '../../exporters/timescale/blocks/filter.ts'
import { timescaleConfig } from '../../exporters/timescale/config.ts'
import { attributes, log } from '../../exporters/timescale/testing/records.ts'

/** A commit's worth of records. */
const BLOCK_RECORDS = 300
const SLICES = 288
const DAY_MS = 86_400_000

/** What is in a block of each table: the texts and the ids that the exporter would have seen. */
const SOURCES = {
  log_blocks: `
    SELECT timestamp, message, fingerprint, NULL AS deal_id FROM logs WHERE timestamp > $1 AND timestamp <= $2
    UNION ALL
    SELECT created_at, message, fingerprint, deal_id FROM buddy_observer_events WHERE created_at > $1 AND created_at <= $2
    ORDER BY 1`,
  span_blocks: `
    SELECT timestamp, coalesce(events->0->'attributes'->>'exception.message', '') AS message, fingerprint, NULL AS deal_id
    FROM spans WHERE timestamp > $1 AND timestamp <= $2 AND fingerprint IS NOT NULL ORDER BY 1`,
}

interface Row {
  readonly timestamp: Date
  readonly message: string
  readonly fingerprint: string | null
  readonly deal_id: string | null
}

/** The filters by which words and ids are found, as the exporter makes them for rows that come through it. */
export async function addBlocks(client: pg.Client, spans: number): Promise<void> {
  const spanBlockMs = (DAY_MS * BLOCK_RECORDS) / spans
  const collector = new BlockCollector(entityMatcher(timescaleConfig.parse({}).entities))
  const end = Date.now()
  for (const [table, sql] of Object.entries(SOURCES)) {
    for (let i = 0; i < SLICES; i++) {
      const bounds = [i, i + 1].map(n => new Date(end - DAY_MS * 1.01 * (1 - n / SLICES)))
      const { rows } = await client.query<Row>(sql, bounds)
      const blocks: Block[] = []
      let began = 0
      for (const [n, row] of rows.entries()) {
        // Only failed spans are read here: the others of their time, which have nothing to be found by, fill their blocks, too.
        const isFull = table === 'span_blocks' ? +row.timestamp - began > spanBlockMs : n % BLOCK_RECORDS === 0
        if (isFull) {
          blocks.push(...collector.take())
          began = +row.timestamp
        }
        collector.add(recordOf(row), 0n)
      }
      blocks.push(...collector.take())
      await insert(client, table, blocks)
    }
  }
  await client.query(`UPDATE search_coverage SET since = '-infinity'`)
}

function recordOf({ timestamp, message, fingerprint, deal_id }: Row) {
  return log({
    timeUnixNano: BigInt(+timestamp) * 1_000_000n,
    body: message,
    attributes: attributes(deal_id === null ? {} : { deal_id }),
    ...(fingerprint === null
      ? {}
      : { fingerprint: { id: BigInt(fingerprint), kind: 'error', version: 1, template: '' } as const }),
  })
}

async function insert(client: pg.Client, table: string, blocks: readonly Block[]): Promise<void> {
  if (blocks.length === 0) return
  const time = (nanos: bigint) => new Date(Number(nanos / 1_000_000n))
  await client.query(
    `INSERT INTO ${table} (first, timestamp, records, filter)
     SELECT * FROM unnest($1::timestamptz[], $2::timestamptz[], $3::int[], $4::bytea[])`,
    [
      blocks.map(block => time(block.firstUnixNano)),
      // A row of the same millisecond may be some microseconds later.
      blocks.map(block => time(block.lastUnixNano + 999_999n)),
      blocks.map(block => block.records),
      blocks.map(block => Buffer.from(filterOf(block.hashes))),
    ],
  )
}
