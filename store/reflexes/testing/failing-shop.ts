import type { TestContext } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../../../tests/postgres.ts'
import { type FindingData, readWaiting } from '../finding.ts'
import type { Minutes } from './requests.ts'

export const MINUTE = 60_000
export const START = Date.UTC(2026, 10, 23, 8)

export async function open(t: TestContext) {
  const { url } = await createDatabase()
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' })
  await client.connect()
  t.after(() => client.end())
  return client
}

/** A shop whose payment fails between two minutes, felt by checkout. */
export const failing = (from: number, until: number, failed = 30): readonly Minutes[] => {
  const at = (minute: number) => ({ requests: 80, errors: minute >= from && minute < until ? failed : 0 })
  return [
    { service: 'payment', operation: 'charge', at },
    { service: 'checkout', at },
    { service: 'checkout', operation: 'charge', kind: 'client', peer: 'payment', at },
  ]
}

export const findings = async (client: pg.Client, receiver: string): Promise<readonly FindingData[]> =>
  (await readWaiting(client, receiver)).map(({ finding }) => finding)
