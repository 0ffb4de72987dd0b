import { z } from 'zod'

export const lexicalSettings = z.strictObject({
  provider: z.literal('lexical').describe('Built in: words, parts of words and a table of synonyms; needs nothing.'),
  dimensions: z
    .int()
    .min(64)
    .max(4_096)
    .default(384)
    .describe('Length of a vector. More keeps unlike texts a little further apart, and costs storage.'),
})
export type LexicalSettings = z.output<typeof lexicalSettings>
