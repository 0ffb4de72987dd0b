import { z } from 'zod'

/** Names of SeverityNumber's ranges, with the first number of each (opentelemetry-proto logs.v1). */
export const SEVERITIES = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const
export const SPAN_KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const
export const SPAN_STATUSES = ['unset', 'ok', 'error'] as const

type Name<T extends object> = Extract<keyof T, string>
const severity = z.enum(Object.keys(SEVERITIES) as [Name<typeof SEVERITIES>]) // the keys are these names

const pattern = z.string().superRefine((source, context) => {
  try {
    new RegExp(source)
  } catch (error) {
    const hint = source.startsWith('(?i)') ? '; to ignore case write (?i:…)' : ''
    context.addIssue({ code: 'custom', message: `${error instanceof Error ? error.message : error}${hint}` })
  }
})

const scalar = z.union([z.string(), z.number(), z.boolean()])

const test = z
  .strictObject({
    equals: scalar.optional().describe('The value is this one.'),
    in: z.array(scalar).min(1).optional().describe('The value is one of these.'),
    matches: pattern
      .optional()
      .describe(
        'The value, as text, holds a match of this JavaScript regular expression. (?i:…) ignores case; a dollar sign is written $$.',
      ),
    at_least: z.number().optional().describe('The value is a number, and this or more.'),
    below: z.number().optional().describe('The value is a number, and less than this.'),
    exists: z.boolean().optional().describe('true: there is a value; false: there is none.'),
  })
  .refine(test => Object.values(test).some(value => value !== undefined), {
    message: 'says nothing about the value; use equals, in, matches, at_least, below or exists',
  })

/** A scalar is short for `equals`, a list for `in`. */
const valueTest = z.union([scalar, z.array(scalar).min(1), test])

const CONDITION = {
  signal: z.enum(['traces', 'metrics', 'logs']).optional().describe('The record is of this signal.'),
  service: valueTest.optional().describe('The resource attribute service.name.'),
  resource: z.record(z.string(), valueTest).optional().describe('Resource attributes, by key.'),
  scope: valueTest.optional().describe('The name of the instrumentation scope.'),
  attributes: z
    .record(z.string(), valueTest)
    .optional()
    .describe('Attributes of the span, log record or data point, by key.'),
  name: valueTest.optional().describe('The name of the span, of the metric, or of the event that a log record is.'),
  body: valueTest.optional().describe('The body of a log record, where it is text or a number.'),
  body_fields: z.record(z.string(), valueTest).optional().describe('The fields of a log body that is a map, by key.'),
  severity_below: severity
    .optional()
    .describe('The log record is less severe than this. Without a severity number it is not.'),
  severity_at_least: severity.optional().describe('The log record is at least as severe as this.'),
  span_kind: z.enum(SPAN_KINDS).optional().describe('The kind of the span.'),
  span_status: z.enum(SPAN_STATUSES).optional().describe('The status of the span.'),
  duration_below_ms: z.number().positive().optional().describe('The span took less time than this.'),
  duration_at_least_ms: z.number().positive().optional().describe('The span took this time or more.'),
}

const flatCondition = z.strictObject(CONDITION)
export type FlatCondition = z.output<typeof flatCondition>

const condition = z
  .strictObject({
    ...CONDITION,
    not: flatCondition.optional().describe('The record does not meet this condition.'),
  })
  .refine(condition => Object.values(condition).some(value => value !== undefined), {
    message: 'says nothing, so every record would meet it',
  })
export type Condition = z.output<typeof condition>
export type ValueTest = z.output<typeof valueTest>

export const filterConfig = z
  .strictObject({
    keep_only: z
      .array(condition)
      .min(1)
      .optional()
      .describe('Records that meet none of these conditions are dropped. A condition is met when all its keys hold.'),
    drop: z
      .array(condition)
      .min(1)
      .optional()
      .describe('Records that meet one of these conditions are dropped, also those that keep_only would keep.'),
  })
  .refine(config => config.keep_only !== undefined || config.drop !== undefined, {
    message: 'drops nothing; give conditions under drop or keep_only',
  })
