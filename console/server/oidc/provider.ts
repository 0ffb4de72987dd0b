import * as oidc from 'openid-client'
import type { OidcSettings } from './config.ts'
import { SignInFault } from './fault.ts'
import type { Claims } from './grants.ts'

export const CALLBACK = '/console/api/sign-in/oidc/callback'

/** What the browser that begins keeps until it comes back. */
export interface Begun {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export interface Provider {
  /** Where to send the browser. @throws SignInFault */
  begin(): Promise<{ readonly url: URL; readonly begun: Begun }>
  /** Who came back: the claims, all of them checked. @throws SignInFault */
  finish(query: string, begun: Begun): Promise<Claims & { readonly iss: string; readonly sub: string }>
}

const ANSWER_S = 10

/** The code flow with PKCE, state and nonce; the signature of the ID token is checked, too, though it came over TLS. */
export function createProvider(settings: OidcSettings): Provider {
  const redirect = new URL(CALLBACK, settings.public_url).href
  let known: oidc.Configuration | undefined

  async function ask(): Promise<oidc.Configuration> {
    try {
      known = await discover(settings)
      return known
    } catch (error) {
      throw new SignInFault('provider_down', `${settings.issuer} cannot be discovered: ${reasonOf(error)}`)
    }
  }

  return {
    async begin() {
      // Each time anew: a browser that is sent to a provider which is down shows a page that is not ours.
      const configuration = await ask()
      const begun = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      }
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: redirect,
        scope: settings.scopes.join(' '),
        state: begun.state,
        nonce: begun.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: 'S256',
      })
      return { url, begun }
    },
    async finish(query, { state, nonce, verifier }) {
      const configuration = known ?? (await ask())
      const back = new URL(`${redirect}${query}`)
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
      try {
        const tokens = await oidc.authorizationCodeGrant(configuration, back, checks)
        const claims = tokens.claims()!
        // Many providers tell groups there alone; what is signed holds where both tell.
        const more =
          configuration.serverMetadata().userinfo_endpoint === undefined
            ? {}
            : await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub)
        return { ...more, ...claims }
      } catch (error) {
        throw faultOf(error)
      }
    },
  }
}

function discover({ issuer, client_id: id, client_secret: secret }: OidcSettings): Promise<oidc.Configuration> {
  const server = new URL(issuer)
  const execute = [
    oidc.enableNonRepudiationChecks,
    oidc.enableNonRepudiationChecks,
    ...(server.protocol === 'http:' ? [oidc.allowInsecureRequests] : []),
  ]
  return oidc.discovery(server, id, secret, undefined, { execute, timeout: ANSWER_S })
}

function faultOf(error: unknown): SignInFault {
  const reason = reasonOf(error)
  if (error instanceof oidc.AuthorizationResponseError) {
    return new SignInFault(
      /^(?:server_error|temporarily_unavailable)$/.test(error.error) ? 'provider_down' : 'refused_there',
      reason,
    )
  }
  if (error instanceof oidc.ResponseBodyError) {
    return new SignInFault(error.error === 'invalid_grant' ? 'stale' : 'provider_down', reason)
  }
  // What fetch throws where nobody answers.
  const isDown =
    error instanceof TypeError ||
    ['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM'].includes(codeOf(error))
  return new SignInFault(isDown ? 'provider_down' : 'not_trusted', reason)
}

const codeOf = (error: unknown) => (error instanceof oidc.ClientError ? (error.code ?? '') : '')

/** Without what errors of the library hold beside their words: tokens may be among it. */
function reasonOf(error: unknown): string {
  if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError) {
    return `${error.error}: ${error.error_description ?? error.message}`.slice(0, 500)
  }
  if (!(error instanceof Error)) return 'unknown'
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.message}${cause}`.slice(0, 500)
}
