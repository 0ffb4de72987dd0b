import { z } from 'zod'
import { secret } from '../../pipeline/config/secret.ts'

export const httpSettings = z.strictObject({
  provider: z
    .literal('http')
    .describe('A service, such as sensorium embed-server on a GPU, or any that speaks the API of OpenAI.'),
  url: z
    .url({ protocol: /^https?$/, error: 'write the base URL, such as http://127.0.0.1:8000' })
    .describe('Base URL of the service; /embed or /v1/embeddings is added to it.'),
  api: z
    .enum(['embed', 'openai'])
    .default('embed')
    .describe('embed: POST /embed {texts, normalize}. openai: POST /v1/embeddings.'),
  model: z.string().min(1).describe('Name of the model, sent to the service and stored beside each embedding.'),
  revision: z
    .string()
    .min(1)
    .optional()
    .describe('Revision of the model; change it when the service changes its model under the same name.'),
  dimensions: z.int().min(1).max(16_000).describe('Length of its vectors; an answer of another length is refused.'),
  query_instruction: z
    .string()
    .optional()
    .describe('What stands before a question and not before what is searched, as the model wants it (BGE, E5).'),
  token: secret(z.string().regex(/^[\x21-\x7e]+$/, 'a bearer token has no spaces or control characters'))
    .optional()
    .describe('Bearer token.'),
  batch_size: z.int().min(1).max(2_048).default(32).describe('Texts in one call; most services take no more than 32.'),
  max_text_chars: z
    .int()
    .min(1)
    .default(8_000)
    .describe('Longer texts are cut: many services refuse the whole call for one text past the limit of the model.'),
  max_concurrent_calls: z.int().min(1).max(64).default(2).describe('Calls at once.'),
  timeout_ms: z.int().min(1).default(30_000).describe('Longest wait for one answer.'),
  max_attempts: z.int().min(1).max(20).default(4).describe('Tries of one call, the first included.'),
  initial_interval_ms: z.int().min(1).default(250).describe('Wait before the second try; it doubles from then on.'),
  max_interval_ms: z
    .int()
    .min(1)
    .default(10_000)
    .describe('Longest wait between two tries. A service that asks for more is left alone: the call fails.'),
})
export type HttpSettings = z.output<typeof httpSettings>
