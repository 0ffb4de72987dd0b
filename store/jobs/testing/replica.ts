import { pino } from 'pino'
import { inTransaction } from '../../connect.ts'
import { storeAt } from '../../open.ts'
import { startJobs } from '../index.ts'
import { advance } from '../state.ts'

/**
 * A replica by itself, for tests that kill it: `node replica.ts URL`. Whoever leads counts up in the table `counted`, a
 * step in a transaction with the watermark, and has a statement under way that runs on when its process is gone.
 */
const database = await storeAt(process.argv[2] ?? '')
startJobs({
  database,
  logger: pino({ level: 'silent' }),
  jobs: [
    {
      name: 'count',
      everyMs: 20,
      run: ({ client, watermark }) =>
        inTransaction(client, async () => {
          const step = +(watermark ?? 0) / 1_000 + 1
          await client.query('INSERT INTO counted (step, pid) VALUES ($1, $2)', [step, process.pid])
          // Time to be killed in, between the work and its watermark.
          await client.query('SELECT pg_sleep(0.02)')
          await advance(client, 'count', new Date(step * 1_000))
        }),
    },
    {
      name: 'sleep',
      everyMs: 1_000,
      isLong: true,
      async run({ client }) {
        await client.query('SELECT pg_sleep(600)')
      },
    },
  ],
})
// The jobs' timers alone keep no process.
setInterval(() => {}, 60_000)
