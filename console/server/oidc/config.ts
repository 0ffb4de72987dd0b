import { z } from 'zod'
import { secret } from '../../../pipeline/config/secret.ts'
import { isLoopbackName } from '../../../pipeline/listener/hosts.ts'
import { ROLES } from '../../../store/people/index.ts'

/** Codes and tokens go over these addresses: in the clear on this machine alone. */
const address = z
  .url({ protocol: /^https?$/ })
  .refine(text => text.startsWith('https:') || isLoopbackName(new URL(text).hostname), 'has to be https')

const grant = z
  .strictObject({
    claim: z.string().min(1).default('groups').describe('The claim that is looked at.'),
    has: z.string().min(1).describe('What it is, or has among others; * is whoever the provider lets in.'),
    role: z.enum(ROLES).describe('What they may do.'),
    services: z.array(z.string().min(1)).min(1).optional().describe('Services and products that they may see.'),
    services_claim: z
      .string()
      .min(1)
      .optional()
      .describe('The claim that lists the services and products that they may see; without it nobody is let in.'),
  })
  .refine(({ services, services_claim }) => services === undefined || services_claim === undefined, {
    message: 'services and services_claim exclude one another',
  })

export const oidcSettings = z.strictObject({
  issuer: address.describe('The OpenID provider, as its discovery document names it.'),
  client_id: z.string().min(1).describe('Of the console at the provider.'),
  client_secret: secret(z.string().min(1).optional()).describe('Of client_id; without it the client is a public one.'),
  public_url: address.describe(
    'Where browsers reach the console; at the provider, allow PUBLIC_URL/console/api/sign-in/oidc/callback.',
  ),
  label: z.string().min(1).max(60).default('Sign in with your account').describe('Words of the button.'),
  scopes: z.array(z.string().min(1)).default(['openid', 'profile', 'email']).describe('What is asked for.'),
  name_claim: z
    .string()
    .min(1)
    .default('email')
    .describe('The claim by which others know them; an e-mail address that is not verified is refused.'),
  grants: z
    .array(grant)
    .min(1)
    .describe('Who may do what: the first that fits holds, and whom none fits is not let in.'),
})

export type OidcSettings = z.output<typeof oidcSettings>
