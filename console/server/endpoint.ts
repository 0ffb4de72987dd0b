import { z } from 'zod'
import type { Access } from '../../mcp/access.ts'
import type { Read, Scope } from '../../store/reading.ts'

/** What an endpoint reads with: one read-only transaction of the reader, within its deadlines. */
export interface Reading {
  /** `rows` and, for what is shown as "copy as SQL", `shown`. */
  readonly access: Access
  /** The same as functions of store/ take it; each statement is shown. */
  readonly read: Read
}

/** A question that a page asks: GET /console/api/NAME with URL parameters. */
export interface Endpoint<Q extends z.ZodObject = z.ZodObject> {
  readonly name: string
  /** Who may ask; everybody who may look where it is left out. */
  readonly role?: 'admin'
  readonly query: Q
  answer(reading: Reading, query: z.output<Q>): Promise<object>
}

/** Gives an endpoint its types. */
export function endpoint<Q extends z.ZodObject>(definition: Endpoint<Q>): Endpoint<Q> {
  return definition
}

/** Nothing of that name, or nothing that this person may see: 404. */
export class NotFound extends Error {}

const instant = z
  .string()
  .refine(text => !Number.isNaN(Date.parse(text)), 'is no time in ISO 8601')
  .transform(text => new Date(text))

/** The range and the environment that the bar at the top of every page chooses. */
export const rangeQuery = {
  /** Back from now, such as 15m, 1h, 7d. */
  range: z
    .string()
    .regex(/^[1-9]\d{0,3}[mhd]$/, 'write a range such as 15m, 1h or 7d')
    .default('1h'),
  from: instant.optional(),
  to: instant.optional(),
  env: z.string().max(200).default('*'),
}

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

interface RangeAsked {
  readonly range: string
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  readonly env: string
}

/** What a question covers. */
export function scopeOf({ access }: Reading, { range, from, to, env }: RangeAsked): Scope {
  const until = to ?? access.now
  const lengthMs = Number(range.slice(0, -1)) * UNITS_MS[range.at(-1)!]! // as the schema lets it in
  return { from: from ?? new Date(+until - lengthMs), to: until, env, visible: access.services ?? null }
}
