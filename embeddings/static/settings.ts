import { z } from 'zod'

/** Of the table that is built in. */
export const TABLE_DIMENSIONS = 128

export const staticSettings = z.strictObject({
  provider: z
    .literal('static')
    .describe('Built in: a table of word vectors, learnt from a sentence model on texts of errors; needs nothing.'),
  dimensions: z
    .int()
    .min(32)
    .max(TABLE_DIMENSIONS)
    .default(TABLE_DIMENSIONS)
    .describe('Length of a vector. The first ones tell most: fewer cost less storage and some accuracy.'),
})
export type StaticSettings = z.output<typeof staticSettings>
