import { z } from 'zod'
import { secret } from '../../pipeline/config/secret.ts'

const key = z.string().min(1)

/** A whole number is an int_value, one with a fraction a double_value. Past 2^53 YAML has already lost digits. */
const scalar = z.union([
  z.string(),
  z.boolean(),
  z.number().refine(value => !Number.isInteger(value) || Number.isSafeInteger(value), {
    message: 'is an integer past 2^53, which would lose digits; quote it to make it text',
  }),
])

const value = z.union([scalar, z.array(scalar)])

const put = (action: 'insert' | 'update' | 'upsert', summary: string) =>
  z
    .strictObject({
      action: z.literal(action).describe(summary),
      key: key.describe('The attribute to set.'),
      value: value.optional().describe('The value: text, true or false, a number, or a list of these.'),
      from_attribute: key.optional().describe('Instead of a value: the attribute to copy it from, where there is one.'),
    })
    .refine(action => (action.value === undefined) !== (action.from_attribute === undefined), {
      message: 'needs either value or from_attribute',
    })

const action = z.discriminatedUnion(
  'action',
  [
    put('insert', 'Sets the attribute where it is absent.'),
    put('update', 'Sets the attribute where it is present.'),
    put('upsert', 'Sets the attribute, present or not.'),
    z.strictObject({
      action: z.literal('rename').describe('Moves the value to another key, over a value that is there.'),
      key: key.describe('The new key.'),
      from_attribute: key.describe('The old key; where it is absent nothing happens.'),
    }),
    z
      .strictObject({
        action: z.literal('delete').describe('Removes attributes.'),
        key: key.optional().describe('The attribute to remove.'),
        pattern: z
          .string()
          .superRefine((source, context) => {
            try {
              new RegExp(source)
            } catch (error) {
              context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
            }
          })
          .optional()
          .describe('Instead of a key: a JavaScript regular expression; every key that holds a match is removed.'),
      })
      .refine(action => (action.key === undefined) !== (action.pattern === undefined), {
        message: 'needs either key or pattern',
      }),
    z.strictObject({
      action: z
        .literal('hash')
        .describe('Puts the SHA-256 of the value, as 64 hex digits, in its place; with hash_secret its HMAC-SHA-256.'),
      key: key.describe('The attribute to hash; where it is absent nothing happens.'),
    }),
  ],
  { error: 'must be insert, update, upsert, rename, delete or hash' },
)
export type Action = z.output<typeof action>

export const attributesConfig = z.strictObject({
  target: z
    .enum(['record', 'resource'])
    .default('record')
    .describe("Whose attributes: the span's, log record's or data point's own, or those of the resource it came from."),
  signals: z
    .array(z.enum(['traces', 'metrics', 'logs']))
    .min(1)
    .default(['traces', 'metrics', 'logs'])
    .describe('Records of other signals pass as they are.'),
  actions: z.array(action).min(1).describe('What to do, in this order: each action sees what the one before it left.'),
  hash_secret: secret(z.string().min(16, 'needs 16 characters or more, else the hashes can be guessed'))
    .optional()
    .describe('Makes hash an HMAC, so that nobody without the secret can try values.'),
})
