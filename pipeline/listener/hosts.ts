import { isIP } from 'node:net'

/**
 * Web pages can be made to ask us: a page whose own name is turned to our address asks in its own name (DNS
 * rebinding), any page asks with its origin. So the name that is asked for must be one that no stranger can point
 * here, and the origin, which only browsers send, one of ours or one that was allowed.
 */
export interface HostRules {
  /** Names under which we may be asked for, `*.` for all below. Addresses and private names always are. */
  readonly allowedHosts: readonly string[]
  /** Origins of pages that may ask, `*` for all. */
  readonly allowedOrigins: readonly string[]
  /** Only this machine can reach the listener: then pages of this machine may ask. */
  readonly isLocal: boolean
  /** Paths that know origins of their own and check them themselves. */
  readonly ownOrigins?: readonly string[]
}

/** Names that cannot be bought (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`). */
const PRIVATE_SUFFIXES = ['.localhost', '.local', '.internal', '.home.arpa', '.test']

/** Why a request may come from a page that should not ask; undefined where it does not. */
export function hostFault(host: string | undefined, origin: string | undefined, rules: HostRules): string | undefined {
  const name = host === undefined ? undefined : nameOf(host)
  if (name !== undefined && !isOurs(name, rules)) {
    return `this server does not answer to ${printable(name)}; ask under its address, or add the name to allowed_hosts`
  }
  if (origin === undefined || isAllowedOrigin(origin, name, rules)) return undefined
  return `web pages of ${printable(origin)} may not send; add the origin to allowed_origins`
}

function isOurs(name: string, { allowedHosts }: HostRules): boolean {
  if (isIP(name.replace(/^\[|\]$/g, '')) > 0 || !name.includes('.')) return true
  if (PRIVATE_SUFFIXES.some(suffix => name.endsWith(suffix))) return true
  return allowedHosts.some(allowed =>
    allowed.startsWith('*.') ? name.endsWith(allowed.slice(1).toLowerCase()) : name === allowed.toLowerCase(),
  )
}

/** A page that we served ourselves, one of this machine where only this machine asks, and those that were allowed. */
export function isAllowedOrigin(origin: string, host: string | undefined, rules: HostRules): boolean {
  if (rules.allowedOrigins.includes('*') || rules.allowedOrigins.includes(origin)) return true
  if (!URL.canParse(origin)) return false
  const { hostname } = new URL(origin)
  return hostname === host || (rules.isLocal && isLoopbackName(hostname))
}

export function isLoopbackName(name: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(name)
}

/** The name without the port, as a URL has it. */
function nameOf(host: string): string {
  return host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
}

function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, '?').slice(0, 100)
}
