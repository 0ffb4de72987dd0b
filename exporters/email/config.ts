import { z } from 'zod'
import { secret } from '../../pipeline/config/secret.ts'
import { MESSAGE_SETTINGS } from '../../pipeline/message/settings.ts'

const address = z
  .string()
  .regex(
    /^(?:[^<>\r\n]+ <[^<>\s@]+@[^<>\s@]+>|[^<>\s@]+@[^<>\s@]+)$/,
    'write ops@example.com, or Operations <ops@example.com>',
  )

export const emailConfig = z
  .strictObject({
    host: z.string().min(1).describe('The SMTP server that takes our mail.'),
    port: z.int().min(1).max(65_535).default(587).describe('587 with starttls, 465 with implicit.'),
    tls: z
      .enum(['starttls', 'implicit', 'none'])
      .default('starttls')
      .describe('none only on this machine, or without a password.'),
    username: z.string().optional().describe('Who we are to the server.'),
    password: secret(z.string().optional()).describe('Of username.'),
    from: address.describe('Who writes, such as Sensorium <sensorium@example.com>.'),
    to: z.array(address).min(1).max(50).describe('Who is told.'),
    ...MESSAGE_SETTINGS,
  })
  .refine(({ tls, password, host }) => tls !== 'none' || !password || isLoopback(host), {
    path: ['tls'],
    message: 'a password would travel in the open: use starttls or implicit',
  })
export type EmailSettings = z.output<typeof emailConfig>

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}
