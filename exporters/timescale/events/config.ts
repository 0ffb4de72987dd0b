import { z } from 'zod'
import { readSource } from './sources.ts'

const sqlName = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'write the name as the database has it: lower case letters, digits, underscores')

const source = z.string().superRefine((text, context) => {
  const fault = readSource(text).fault
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
})

const eventTable = z.strictObject({
  events: z
    .array(
      z
        .string()
        .regex(/^[^*]+\*?$/, 'write an event name, or its beginning and * at the end, such as payment.*')
        .refine(text => text !== '', 'an event name is not empty'),
    )
    .min(1)
    .describe('Names of the events whose records go into this table; the longest that fits decides.'),
  receivers: z
    .array(z.string())
    .min(1)
    .default(['*'])
    .describe(
      'Receivers whose records may fill the table, by type or id, or * for all. A record of another is an ordinary log, unless its receiver vouches for the event (vouches_for of otlp).',
    ),
  columns: z
    .record(sqlName, z.union([source, z.array(source).min(1)]))
    .default({})
    .describe(
      'Column ← where its value comes from, or several places of which the first that has a value counts: attributes.KEY, resource.KEY, time, observed_time, severity, severity_number, severity_text, message, body, event_name, trace_id, span_id, fingerprint, service, environment, release, resource_id, scope_id; `attributes` is all that no column takes.',
    ),
})

export type EventTableConfig = z.output<typeof eventTable>

export const eventTables = z
  .record(sqlName, eventTable)
  .default({})
  .describe(
    'Tables of log records that have an event name, beside the built-in ones; a built-in name replaces that one. See docs/events.md.',
  )
