import { z } from 'zod'
import { secret } from '../../pipeline/config/secret.ts'

/** What a regular expression is refused for, in words for the user; `undefined` for a good one. */
function patternFault(source: string): string | undefined {
  try {
    return new RegExp(source).test('') ? 'matches the empty text, so it would match everywhere' : undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const ownPattern = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/, 'write it in snake_case: it is shown in [REDACTED:name] and counted under')
    .describe('What the matches are called, in snake_case.'),
  regex: z
    .string()
    .superRefine((source, context) => {
      const message = patternFault(source)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    })
    .describe(
      'JavaScript regular expression; (?i:…) ignores case, and a dollar sign is written $$. It runs on every string of every record: keep it linear, a nested repetition such as (a+)+ can stall the pipeline.',
    ),
  replacement: z.string().optional().describe('What stands in place of a match instead of [REDACTED:name].'),
})

export const redactConfig = z.strictObject({
  credentials: z
    .boolean()
    .default(true)
    .describe(
      'Private keys, tokens of known formats (AWS, GitHub, GitLab, Slack, Stripe, Google, OpenAI, Anthropic, npm, JWT and others), bearer and basic credentials, passwords in URLs, and values whose name tells a secret, as attributes and in text: password, token, api_key, authorization, cookie and the like.',
    ),
  email_addresses: z
    .boolean()
    .default(false)
    .describe('E-mail addresses. Off by default, since support often needs them to find a user.'),
  card_numbers: z
    .boolean()
    .default(false)
    .describe(
      'Payment card numbers of 13 to 19 digits with a valid check digit. Off by default, since about one in sixty random 16-digit ids looks like one.',
    ),
  patterns: z.array(ownPattern).default([]).describe('Your own patterns, applied after the built-in ones.'),
  secret_keys: z
    .array(z.string().min(1))
    .default([])
    .describe('Further attribute and map keys whose values are replaced whole. The case does not matter.'),
  safe_keys: z
    .array(z.string().min(1))
    .default([])
    .describe('Attribute and map keys whose values are left alone, whatever is in them. The case does not matter.'),
  hash_secret: secret(z.string().min(16, 'needs 16 characters or more, else the hashes can be guessed'))
    .optional()
    .describe(
      'When set, 12 hex digits of the HMAC-SHA-256 of the value are added, [REDACTED:kind#0f1e2d3c4b5a], so that equal values can be told without being known.',
    ),
})
