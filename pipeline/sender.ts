import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'

/**
 * The name under which a sender is counted: its address, and its token where it has shown one that is known. Whole
 * networks of IPv6 are one sender, since anybody who has one address of a /64 has all of them. What a header such as
 * `X-Forwarded-For` says is not looked at: anybody can write it.
 */
export function senderOf(address: string | undefined, knownToken?: string): string {
  const network = networkOf(address ?? '')
  return knownToken === undefined ? network : `${network} ${digest(knownToken)}`
}

function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%')[0]!.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups.length - rest.length }, () => '0')
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(':')}::/64`
}

/** So that no token is kept where it is only counted. */
function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64url').slice(0, 16)
}
