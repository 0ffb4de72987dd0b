import { board } from '../board.ts'
import { BAD, OF_RECORDS, WATCH } from '../colours.ts'
import { figure } from '../panels/figure.ts'
import { lines } from '../panels/lines.ts'
import { rows } from '../panels/rows.ts'
import { series, table } from '../query/postgres.ts'
import { FROM, UNTIL } from '../query/range.ts'
import { environment } from '../variables.ts'

/** Of the ledger, which is by hour once it is old. */
const OUTCOMES = `ingest_outcomes WHERE bucket > ${FROM} - interval '1 hour' AND bucket <= ${UNTIL}`

const unaccounted = figure({
  title: 'Unaccounted for',
  description:
    'Records that were accepted and are neither stored, deduplicated nor dropped on purpose. Anything but 0 is a bug: please report it.',
  unit: 'short',
  width: 4,
  steps: [{ from: 1, colour: BAD }],
  queries: [table(`SELECT sum(unaccounted) AS "unaccounted" FROM ingest_accounting`)],
})

const waiting = (title: string, description: string, sql: string, from?: number) =>
  figure({
    title,
    description,
    unit: 'short',
    width: 4,
    ...(from !== undefined && { steps: [{ from, colour: WATCH }] }),
    queries: [table(sql)],
  })

const lag = figure({
  title: 'Greatest lag of a job',
  description:
    'How far behind the job is that is furthest behind, as of now. Hours and days are made at their end: up to a day is usual for those, minutes for the others.',
  unit: 's',
  width: 4,
  queries: [table('SELECT max(lag_s) AS "lag" FROM job_lag')],
})

const books = rows({
  title: 'The books',
  description:
    'For each receiver and signal, of all time: accepted = stored + deduplicated + dropped. Rejected were refused, with their bytes in dead_letters.',
  unit: 'short',
  width: 14,
  fields: { unaccounted: { steps: [{ from: 1, colour: BAD }] }, rejected: { steps: [{ from: 1, colour: WATCH }] } },
  queries: [
    table(
      `SELECT receiver, signal, accepted, stored, deduplicated, dropped, rejected, unaccounted FROM ingest_accounting ORDER BY 1, 2`,
    ),
  ],
})

const throughput = lines({
  title: 'Records by outcome',
  description: 'What came of the records, by hour: stored, deduplicated, dropped on purpose, rejected.',
  unit: 'short',
  width: 10,
  stacked: true,
  colours: OF_RECORDS,
  queries: [
    series(`SELECT bucket AS time, outcome AS metric, sum(records) AS value FROM ${OUTCOMES} AND outcome NOT IN ('received', 'unvouched')
      GROUP BY 1, 2 ORDER BY 1, 2`),
  ],
})

const dropped = rows({
  title: 'Dropped and rejected, by reason',
  description: 'What was left out or refused in the time shown, and why.',
  unit: 'short',
  width: 12,
  nothing: 'nothing dropped, nothing rejected',
  queries: [
    table(`SELECT receiver, signal, outcome, reason, sum(records) AS records FROM ${OUTCOMES} AND outcome IN ('dropped', 'rejected', 'deduplicated')
      GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC LIMIT 100`),
  ],
})

const jobs = rows({
  title: 'Jobs',
  description:
    'What the leader does again and again: who leads, how far behind, what failed last. A lag that only grows means that nobody leads.',
  unit: 'short',
  width: 24,
  fields: {
    lag: { unit: 's', decimals: 0 },
    'took last': { unit: 'ms', decimals: 0 },
    failures: { steps: [{ from: 1, colour: WATCH }] },
  },
  queries: [
    table(
      `SELECT job, lag_s AS lag, leader, runs, failures, duration_ms AS "took last", succeeded_at AS succeeded, failed_at AS failed, failure FROM job_lag ORDER BY 1`,
    ),
  ],
})

const messages = rows({
  title: 'Messages to people',
  description:
    'Notifications of the time shown by destination and state. Waiting ones that grow mean that a destination is away; unknown: the answer was lost.',
  unit: 'short',
  width: 12,
  nothing: 'nobody was told anything in this time',
  queries: [
    table(`SELECT destination, state, count(*) AS messages, max(attempts) AS "most attempts", max(answer) AS answer FROM notifications
      WHERE $__timeFilter(created_at) GROUP BY 1, 2 ORDER BY 1, 2`),
  ],
})

const calls = lines({
  title: 'Calls of agents',
  description: 'Calls of the MCP server by tool.',
  unit: 'short',
  width: 24,
  stacked: true,
  nothing: 'no agent asked in this time',
  queries: [
    series(`SELECT $__timeGroupAlias(timestamp, $__interval), tool AS metric, count(*) AS value FROM mcp_calls
      WHERE $__timeFilter(timestamp) GROUP BY 1, 2 ORDER BY 1, 2`),
  ],
})

export const sensorium = board({
  board: 'sensorium',
  title: 'Sensorium itself',
  description: 'Is everything that came stored, and does everything that follows keep up.',
  variables: [environment],
  from: 'now-6h',
  lines: [
    [
      unaccounted,
      lag,
      waiting(
        'Dead letters',
        'Records of the time shown that were refused for good; their bytes are kept.',
        'SELECT count(*) AS "letters" FROM dead_letters WHERE $__timeFilter(received_at)',
        1,
      ),
      waiting(
        'Sightings to fold',
        'Fingerprints seen and not yet added up, as of now. A few seconds of traffic are usual.',
        'SELECT count(*) AS "waiting" FROM fingerprint_sightings',
        100_000,
      ),
      waiting(
        'Minutes to merge',
        'Counts of requests that are not merged yet, as of now. A minute of traffic is usual.',
        'SELECT count(*) AS "waiting" FROM red_partials',
        100_000,
      ),
      waiting(
        'Problems to embed',
        'Problems without a vector of any model, as of now: search by meaning does not find them yet.',
        'SELECT count(*) AS "waiting" FROM fingerprint_texts t WHERE NOT EXISTS (SELECT FROM fingerprint_embeddings e WHERE e.fingerprint = t.fingerprint)',
      ),
    ],
    [books, throughput],
    [jobs],
    [dropped, messages],
    [calls],
  ],
})
