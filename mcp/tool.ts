import { z } from 'zod'
import type { Scope } from '../store/reading.ts'
import type { Access } from './access.ts'
import type { Found } from './answer.ts'
import { quoted } from './answer-text.ts'
import { microsOf } from './paging.ts'
import { ToolRefusal } from './refusal.ts'

/** One tool: a file of its own in tools/. */
export interface Tool<S extends z.ZodObject = z.ZodObject> {
  readonly name: string
  readonly title: string
  /** What it is for, in a sentence, and an example. */
  readonly description: string
  readonly input: S
  /** Looks at the arguments alone, before the call waits for its turn. @throws ToolRefusal with what to send instead */
  check?(args: z.output<S>): void
  /** What a call costs is up to whoever sends it: such calls hold half of the turns at most. */
  readonly isOpenEnded?: true
  /** @throws ToolRefusal with what to send instead */
  run(args: z.output<S>, access: Access): Promise<Found>
}

/** Gives a tool its types: `run` sees the parsed arguments. */
export function defineTool<S extends z.ZodObject>(tool: Tool<S>): Tool<S> {
  return tool
}

/**
 * Limits are checked, and told in the fault, but not written into the schemas: these are what every conversation pays
 * for, and an agent that asks for a sensible number needs none of them.
 */
export function text(maxChars: number) {
  return z.string().refine(value => value.length <= maxChars, `at most ${maxChars} characters`)
}

/** There is something in it that can be looked for. */
export const hasWord = (text: string) => /[\p{L}\p{N}]/u.test(text)

export function count(maximum: number, minimum = 1) {
  return z
    .number()
    .refine(
      value => Number.isInteger(value) && value >= minimum && value <= maximum,
      `a whole number from ${minimum} to ${maximum}`,
    )
}

/** Every tool has it. */
export const budget = { max_tokens: count(20_000, 200).default(2_000) }

/** Names that many tools take. */
export const env = text(64).default('prod').describe('* for all')
export const service = text(255).optional()
export const minutes = (byDefault: number) => count(525_600).default(byDefault)
export const limit = (byDefault: number) => count(500).default(byDefault)
export const fingerprint = z
  .string()
  .regex(
    /^[0-9a-f]{6,16}$/i,
    'a fingerprint is 16 hex digits, or the first 6 or more, as error_fingerprint_summary and search_errors return it',
  )
/** Without Zod's pattern of 300 characters, which every tool's schema would carry. */
export const moment = z
  .string()
  .max(40)
  .refine(
    text => /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:\d\d)$/.test(text) && Number.isFinite(Date.parse(text)),
    'a time is ISO 8601 with its offset, such as 2026-11-21T10:00:00Z',
  )
  .optional()
export const until = moment.describe('default now')
/** Of lists that go on: rows of the time `until` that were shown before. */
export const skip = count(100_000, 0).default(0)

/** People write prod where OpenTelemetry's convention says production, as the function environment_names has it. */
const ALIASES = [
  ['prod', 'production'],
  ['dev', 'development'],
  ['stage', 'staging'],
]

/** The names that an environment goes by; null is all. */
export function environmentNames(env: string): readonly string[] | null {
  if (env === '*') return null
  return ALIASES.find(names => names.includes(env.toLowerCase())) ?? [env]
}

/** 16 hex digits as Postgres' bigint. */
export function fingerprintId(hex: string): string {
  return String(BigInt.asIntN(64, BigInt(`0x${hex}`)))
}

export interface Range {
  readonly from: Date
  /** To the millisecond, never before `until`. */
  readonly to: Date
  /** Exactly as it was asked for: rows have microseconds. */
  readonly until: string
}

/** The range that ends at `until` and is so many minutes long. */
export function rangeOf(access: Access, minutes: number, until = access.now.toISOString()): Range {
  const to = new Date(Math.ceil(microsOf(until) / 1_000))
  return { from: new Date(+to - minutes * 60_000), to, until }
}

/** What a read of the store covers: the range, and what the caller may see of it. */
export function scopeOf(access: Access, env: string, from: Date, to: Date): Scope {
  return { from, to, env, visible: access.services ?? null }
}

/** The services that a call may look at: the one that was asked for, within what the caller may see. */
export function allowedServices(access: Access, asked: string | undefined): readonly string[] | null {
  const { services } = access
  if (services === undefined) return asked === undefined ? null : [asked]
  if (asked === undefined) return services
  if (!services.includes(asked)) {
    throw new ToolRefusal(`this token may not see ${quoted(asked)}; it may see ${services.join(', ')}`)
  }
  return [asked]
}
