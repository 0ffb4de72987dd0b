import type pg from 'pg'
import { pino } from 'pino'
import type { Destination } from '../../pipeline/destination.ts'
import { type LogRecord, readFinding } from '../../pipeline/model/index.ts'
import { connect } from '../../store/connect.ts'
import { acceptFindings } from '../../store/notifications/accept.ts'
import { flushDue } from '../../store/notifications/flush.ts'
import { adoptOrphans, type Sender, sendDue } from '../../store/notifications/send.ts'
import type { Store } from '../../store/open.ts'
import { createDatabase } from '../postgres.ts'

/** A destination behind a real store, with a clock in the hands of the test. */
export interface ToldOutbox {
  readonly client: pg.ClientBase
  readonly database: Store
  readonly logs: readonly string[]
  /** Milliseconds since 1970. */
  now(): number
  /** What a pipeline hands to the exporter at this moment. */
  accept(...records: readonly LogRecord[]): Promise<number>
  /** Time passes in steps, at each of which it is looked whether there is something to tell. */
  pass(ms: number, stepMs?: number): Promise<void>
  /** Another process takes over from one that ended. */
  takeOver(): Promise<void>
  states(): Promise<string[]>
  close(): Promise<void>
}

export const START = Date.parse('2026-11-30T10:05:00.000Z')

export async function openOutbox(service: Destination, destination = 'test', startMs = START): Promise<ToldOutbox> {
  const { database } = await createDatabase()
  const client = await connect(database.connection('owner'))
  let nowMs = startMs
  const logs: string[] = []
  const sender: Sender = {
    destination,
    service,
    logger: pino({ level: 'warn' }, { write: (line: string) => void logs.push(line) }),
    now: () => new Date(nowMs),
    signal: new AbortController().signal,
    isStopping: () => false,
    random: () => 1,
    count: () => {},
  }
  const look = async () => {
    await flushDue(client, destination, service.wants, new Date(nowMs))
    await sendDue(client, sender)
  }
  return {
    client,
    database,
    logs,
    now: () => nowMs,
    accept: (...records) =>
      acceptFindings(
        client,
        destination,
        records.map((record, i) => ({ finding: readFinding(record, `record-${i}`), routing: record.routing ?? {} })),
        new Date(nowMs),
      ),
    pass: async (ms, stepMs = 10_000) => {
      for (const end = nowMs + ms; nowMs < end; ) {
        nowMs = Math.min(end, nowMs + stepMs)
        await look()
      }
    },
    takeOver: () => adoptOrphans(client, sender),
    states: async () => {
      const { rows } = await client.query<{ state: string }>(
        'SELECT state FROM notifications WHERE destination = $1 ORDER BY created_at, notification_id',
        [destination],
      )
      return rows.map(({ state }) => state)
    },
    close: async () => {
      await (client as pg.Client).end()
    },
  }
}
