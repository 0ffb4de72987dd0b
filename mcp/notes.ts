import { createHmac, timingSafeEqual } from 'node:crypto'
import pg from 'pg'
import { z } from 'zod'
import type { Database } from '../pipeline/component.ts'
import type { Call } from './audit.ts'

/** Where a process that serves one agent over stdio hands in what it answered: `POST` here, as JSON, signed. */
export const NOTES_PATH = '/mcp/calls'
export const SIGNATURE_HEADER = 'x-sensorium-signature'
export const NOTE_BYTES_MAX = 262_144

const note = z.object({
  principal: z.string(),
  tool: z.string(),
  arguments: z.record(z.string(), z.unknown()),
  outcome: z.enum(['answered', 'empty', 'refused', 'failed']),
  rows: z.int(),
  tokens: z.int(),
  durationMs: z.number(),
  error: z.string().optional(),
})

/**
 * The audit log may not be written by whoever sends OTLP, so a note is signed by what both processes know and nobody
 * else does: the password of the database's owner, who could write any row anyway.
 */
export function signatureOf(database: Database, body: string | Uint8Array): string {
  const { password } = new pg.Client(database.connection('owner'))
  return createHmac('sha256', `sensorium mcp notes ${password ?? ''}`)
    .update(body)
    .digest('hex')
}

/** The call that a note tells of; undefined where the signature or the form is not ours. */
export function readNote(database: Database, body: Uint8Array, signature: string | undefined): Call | undefined {
  const expected = Buffer.from(signatureOf(database, body))
  const given = Buffer.from(signature ?? '')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  return note.parse(JSON.parse(Buffer.from(body).toString('utf8')))
}
