/**
 * Changes the form of a table in a process of its own, for tests that kill it: `node partition-process.ts URL STEP`.
 */
import pg from 'pg'
import { convertHeap } from '../../store/partitions/convert-heap.ts'
import { dropExpired } from '../../store/partitions/expire.ts'
import { makeAhead } from '../../store/partitions/make.ts'
import { moveOddRows } from '../../store/partitions/odd-rows.ts'
import { READINGS } from '../../store/partitions/testing.ts'

const [url, step] = process.argv.slice(2)
const DAY_MS = 24 * 3_600_000
const owner = new pg.Client(url)
await owner.connect()
const now = new Date()
const options = { now, keepDays: 30 }
if (step === 'convert') {
  const { rows } = await owner.query(`SELECT relkind = 'r' AS is_heap FROM pg_class WHERE oid = 'readings'::regclass`)
  if (rows[0].is_heap) await convertHeap(owner, READINGS, { now })
  await makeAhead(owner, READINGS, now, DAY_MS)
}
if (step === 'move') await moveOddRows(owner, READINGS, { ...options, size: DAY_MS })
// All but what lies 300 days ahead has expired by then.
if (step === 'drop') await dropExpired(owner, READINGS, { ...options, now: new Date(+now + 135 * DAY_MS) })
await owner.end()
