import { createHmac, timingSafeEqual } from 'node:crypto'
import pg from 'pg'
import { z } from 'zod'
import type { Database } from '../pipeline/component.ts'
import type { Call } from './audit.ts'

/** Where a process that serves one agent over stdio hands in what it answered: `POST` here, as JSON, signed. */
export const NOTES_PATH = '/mcp/calls'
export const SIGNATURE_HEADER = 'x-sensorium-signature'
export const NOTE_BYTES_MAX = 262_144

/** A note that is older says nothing about now; one of these is known by its id, which the ledger keeps for longer. */
const NOTE_AGE_MAX_MS = 600_000

const note = z.object({
  /** Made once for each call: a copy of a note is stored no second time. */
  id: z.uuid(),
  at: z.iso.datetime(),
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

export interface Note extends Call {
  readonly id: string
  /** When the call was answered. */
  readonly at: Date
}

/** A signature is there, and looks like one: what anybody may know before the body is read. */
export function mayBeSigned(signature: string | undefined): boolean {
  return /^[0-9a-f]{64}$/.test(signature ?? '')
}

/** The call that a note tells of; undefined where the signature or the form is not ours, and where it is an old one. */
export function readNote(
  database: Database,
  body: Uint8Array,
  signature: string | undefined,
  now: Date,
): Note | undefined {
  const expected = Buffer.from(signatureOf(database, body))
  const given = Buffer.from(signature ?? '')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  // Signed by a process of another release, perhaps.
  const { data } = note.safeParse(JSON.parse(Buffer.from(body).toString('utf8')))
  if (data === undefined || Math.abs(+now - Date.parse(data.at)) > NOTE_AGE_MAX_MS) return undefined
  return { ...data, at: new Date(data.at) }
}
