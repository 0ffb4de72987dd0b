import type { Duplex } from 'node:stream'
import type pg from 'pg'
import { SensoriumError } from '../pipeline/errors.ts'

/**
 * What one reading statement may take, as we count it. The server's own statement_timeout comes before; some functions
 * look at no signal while they compute, and a server may hang: whoever waits for us must not wait for them.
 */
export const READING_DEADLINE_MS = 6_000

/**
 * Resolves as `work` does. Past the deadline hangs up on the server and rejects; the client is of no use any more.
 *
 * @throws SensoriumError USAGE past the deadline
 */
export function withinDeadline<T>(
  client: pg.ClientBase,
  work: Promise<T>,
  deadlineMs = READING_DEADLINE_MS,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new SensoriumError(
          'USAGE',
          `this took longer than ${deadlineMs / 1000} s, and the database did not stop when it was told to: nobody waits for it any longer. Narrow its time range, or shorten the texts that it compares`,
        ),
      )
      socketOf(client).destroy()
    }, deadlineMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** The socket of a client, encrypted or not: nowhere in pg's types. */
export function socketOf(client: pg.ClientBase): Duplex {
  return (client as unknown as { readonly connection: { readonly stream: Duplex } }).connection.stream
}
