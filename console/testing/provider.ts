import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import Provider from 'oidc-provider'

export const CLIENT = { client_id: 'sensorium', client_secret: 'a secret of the test alone' } as const

export interface TestProvider {
  readonly issuer: string
  /** Whose account the next is who comes: nobody types anything. */
  account: Readonly<Record<string, unknown>> & { readonly sub: string }
  /** What becomes of an ID token on its way out. */
  tamper:
    | ((claims: JWTPayload, sign: (claims: JWTPayload, key?: CryptoKey) => Promise<string>) => Promise<string>)
    | undefined
  /** Nobody answers there any more, until `comeBack`. */
  leave(): Promise<void>
  comeBack(): Promise<void>
}

/** An OpenID provider on loopback, which signs with a key of its own and sends browsers back to `redirect` alone. */
export async function openProvider(t: TestContext, redirect: string): Promise<TestProvider> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid: 'test', alg: 'RS256', use: 'sig' }
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  const test: TestProvider = {
    issuer,
    account: { sub: 'somebody' },
    tamper: undefined,
    leave: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
    comeBack: async () => void (await once(server.listen(port, '127.0.0.1'), 'listening')),
  }
  const provider = new Provider(issuer, {
    clients: [{ ...CLIENT, redirect_uris: [redirect], grant_types: ['authorization_code'] }],
    jwks: { keys: [jwk] },
    cookies: { keys: ['of the test alone'] },
    features: { devInteractions: { enabled: false } },
    claims: { openid: ['sub'], profile: ['name', 'groups', 'sees'], email: ['email', 'email_verified'] },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ ...test.account, sub }) }),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    async loadExistingGrant(ctx) {
      const { client, session } = ctx.oidc
      const grant = new ctx.oidc.provider.Grant({ clientId: client!.clientId, accountId: session!.accountId! })
      grant.addOIDCScope('openid profile email')
      await grant.save()
      return grant
    },
  })
  provider.use(async (ctx, next) => {
    if (ctx.path.startsWith('/interaction/')) {
      const to = await provider.interactionResult(ctx.req, ctx.res, {
        login: { accountId: test.account.sub, remember: false },
      })
      return ctx.redirect(to)
    }
    await next()
    const body = ctx.body as { id_token?: string } | undefined
    if (test.tamper === undefined || body?.id_token === undefined) return
    const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1]!, 'base64url').toString('utf8')) as JWTPayload // as it signed it
    const sign = (changed: JWTPayload, key = privateKey) =>
      new SignJWT(changed).setProtectedHeader({ alg: 'RS256', kid: 'test' }).sign(key)
    ctx.body = { ...body, id_token: await test.tamper(claims, sign) }
  })
  server.on('request', (request, response) => void provider.callback()(request, response))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return test
}
