import { z } from 'zod'

/** Where the embedding service listens, whom it lets in and how much it takes on. */
export const serverSettings = z.strictObject({
  endpoint: z
    .string()
    .regex(/^(?:\[[0-9a-fA-F:]+\]|[^\s:[\]/]+):\d{1,5}$/, 'write host:port, such as 127.0.0.1:8000')
    .refine(text => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'the port is at most 65535')
    .default('127.0.0.1:8000')
    .describe('host:port to listen on.'),
  token: z
    .string()
    .regex(/^[\x21-\x7e]{16,}$/, 'a token has 16 characters or more, without spaces')
    .optional()
    .describe('Bearer token that callers must send.'),
  insecure: z.boolean().default(false).describe('Must be true to listen on anything but loopback without a token.'),
  max_texts_per_call: z.int().min(1).max(10_000).default(32).describe('Texts in one request; past it 413.'),
  max_body_bytes: z
    .int()
    .min(1_024)
    .default(2 * 1024 * 1024)
    .describe('Bytes of one request; past it 413. 32 texts of 64 KiB, of which a model reads the first page.'),
  max_batch_texts: z.int().min(1).max(10_000).default(64).describe('Texts that go through the model together.'),
  max_batch_wait_ms: z.int().min(0).max(10_000).default(5).describe('How long a text waits for others to join it.'),
  max_concurrent_batches: z.int().min(1).max(64).default(1).describe('Batches at once; as many as there are workers.'),
  max_queue_texts: z
    .int()
    .min(1)
    .default(1_024)
    .describe('Texts that may wait; past it 429 with Retry-After. About what a CPU embeds in the queue timeout.'),
  queue_timeout_ms: z
    .int()
    .min(1)
    .default(20_000)
    .describe('Longest wait in the queue, then 503. Below the usual 30 s timeout of callers, who would ask again.'),
  max_concurrent_requests: z
    .int()
    .min(1)
    .default(256)
    .describe('Requests at once, past it 429: with max_body_bytes the bound on the memory of bodies.'),
  shutdown_timeout_ms: z.int().min(1).default(15_000).describe('Time to answer what is under way at the end.'),
})
export type ServerSettings = z.output<typeof serverSettings>
