import { z } from 'zod'
import { DEFAULT_EMBEDDING, embeddingSettings } from '../embeddings/settings.ts'
import { oidcSettings } from './server/oidc/config.ts'

export const consoleSettings = z.strictObject({
  enabled: z.boolean().default(true).describe('false: nothing is served at /.'),
  auth: z
    .strictObject({
      session_hours: z.number().min(0.1).max(720).default(12).describe('How long a sign-in holds.'),
      require_on_loopback: z
        .boolean()
        .default(false)
        .describe('Ask people of this machine to sign in, too. On any other endpoint everybody is asked.'),
      behind_tls: z
        .boolean()
        .default(true)
        .describe(
          'Browsers send the session over TLS only, as a proxy in front ends it; false where the console is asked over plain HTTP by other machines.',
        ),
      passwords: z
        .boolean()
        .default(true)
        .describe('Names and passwords of `sensorium console users add`; false where oidc is the only way in.'),
      oidc: oidcSettings.optional().describe('People sign in at an OpenID provider.'),
    })
    .refine(({ passwords, oidc }) => passwords || oidc !== undefined, {
      message: 'nobody could sign in: set oidc, or let passwords be true',
    })
    .optional()
    .describe(
      'People sign in: with a name and a password, or at an OpenID provider. Without it the console is for loopback only.',
    ),
  model: embeddingSettings
    .default(DEFAULT_EMBEDDING)
    .describe('How questions are embedded: the same as the model of the processor embed.'),
  otlp_endpoint: z
    .string()
    .optional()
    .describe('Where senders reach OTLP over HTTP; the page that shows how to send a first record names it.'),
  reads_at_once: z
    .int()
    .min(1)
    .default(8)
    .describe('Questions to the database at once, each on a connection of its own; eight times as many wait.'),
  streams_max: z.int().min(1).default(200).describe('Open pages that are told of what changes.'),
  requests_per_s: z.number().min(0.1).default(100).describe('Requests a second in the long run; past it 429.'),
  burst_requests: z.int().min(1).default(500).describe('Requests at once after a quiet time.'),
})

export type ConsoleSettings = z.output<typeof consoleSettings>
