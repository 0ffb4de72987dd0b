import { z } from 'zod'

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
    })
    .optional()
    .describe(
      'People sign in with a name and a password; `sensorium console users add` makes them. Without it the console is for loopback only.',
    ),
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
