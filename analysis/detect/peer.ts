/**
 * Which service a call's address is of, where its name says so: `payment`, `payment:9090`, `payment.shop.svc.cluster.local`.
 * Undefined for whoever is not one of the services: a host outside, a database.
 */
export function serviceOfPeer(peer: string, services: { has(name: string): boolean }): string | undefined {
  if (services.has(peer)) return peer
  const [host = ''] = peer.split(':')
  if (services.has(host)) return host
  const [first = '', second] = host.split('.')
  // An address of numbers has no name, and api.example is somebody else's api unless it is within a cluster.
  if (second === undefined || /^\d+$/.test(first)) return undefined
  return services.has(first) && /\.(?:svc|local|internal|cluster|consul|lan)(?:\.|$)/.test(host) ? first : undefined
}
