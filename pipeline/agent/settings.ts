import { z } from 'zod'
import { secret } from '../config/secret.ts'

const isHttpUrl = (text: string) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)

/** A language model. Without `url` there is none, and everything works by rules. */
export const agentSettings = z
  .strictObject({
    url: z
      .string()
      .refine(text => text === '' || isHttpUrl(text), 'write the base URL, such as http://127.0.0.1:8000/v1')
      .default('')
      .describe(
        'Base URL of a server that speaks OpenAI’s API (vLLM, Ollama, OpenAI); /chat/completions is added. Empty: no model is asked.',
      ),
    model: z.string().default('').describe('Name of the model, as its server knows it.'),
    api_key: secret(z.string().regex(/^[\x21-\x7e]*$/, 'a key has no spaces or control characters'))
      .default('')
      .describe('Sent as a bearer token where it is not empty.'),
    timeout_ms: z.int().min(100).max(600_000).default(60_000).describe('Longest wait for a whole answer.'),
    idle_timeout_ms: z
      .int()
      .min(100)
      .max(600_000)
      .default(20_000)
      .describe('Longest wait for the first or next piece of it.'),
    max_answer_tokens: z.int().min(16).max(100_000).default(1_024).describe('Of one answer.'),
    limit_key: z
      .enum(['max_tokens', 'max_completion_tokens'])
      .default('max_tokens')
      .describe('How the server wants that limit named; OpenAI’s reasoning models take max_completion_tokens alone.'),
    temperature: z
      .number()
      .min(0)
      .max(2)
      .nullable()
      .default(0)
      .describe('null: not sent, as some models take their own alone.'),
    calls_at_once: z.int().min(1).max(64).default(2).describe('Calls at once; others wait for their turn.'),
    tokens_per_hour: z.int().min(0).default(500_000).describe('Read and written, of all replicas; 0: no limit.'),
    tokens_per_day: z.int().min(0).default(5_000_000).describe('The same of 24 hours; 0: no limit.'),
  })
  .refine(({ url, model }) => url === '' || model !== '', {
    path: ['model'],
    message: 'name the model that is served at url',
  })
export type AgentSettings = z.output<typeof agentSettings>
