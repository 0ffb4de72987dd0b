import { type Attributes, attributeText } from '../../pipeline/model/index.ts'

export type PeerKind = 'service' | 'database' | 'queue' | 'external'

/** Who a span says that it calls, or takes messages from, in two parts as its attributes have them. */
export interface Peer {
  kind: PeerKind
  /** The system, the service or the host. */
  what: string
  /** The database, the destination or the port; '' where none is told. */
  where: string
}

/** Filled again for each span: no allocation. */
const found: Peer = { kind: 'external', what: '', where: '' }

/**
 * What a client, producer or consumer span's own attributes say of the other side, by OpenTelemetry's semantic
 * conventions, the current names before the old ones: a database and a queue are what they are whoever hosts them, then a
 * service that is named, then an address. Which service answers at an address, traces tell later. What is returned is
 * good until the next call.
 */
export function peerOf(attributes: Attributes): Readonly<Peer> | undefined {
  const database = attributeText(attributes, 'db.system.name') ?? attributeText(attributes, 'db.system')
  if (database !== undefined) {
    return peer('database', database, text(attributes, 'db.namespace', 'db.name', 'server.address', 'net.peer.name'))
  }
  const messaging = attributeText(attributes, 'messaging.system') ?? attributeText(attributes, 'messaging.system.name')
  if (messaging !== undefined) {
    const names = ['messaging.destination.template', 'messaging.destination.name', 'messaging.destination'] as const
    return peer('queue', messaging, text(attributes, ...names))
  }
  const service = attributeText(attributes, 'service.peer.name') ?? attributeText(attributes, 'peer.service')
  if (service !== undefined) return peer('service', service)
  const host = attributeText(attributes, 'server.address') ?? text(attributes, 'net.peer.name', 'http.host')
  if (host !== undefined) {
    return peer(
      'external',
      host,
      attributeText(attributes, 'server.port') ?? attributeText(attributes, 'net.peer.port'),
    )
  }
  const url = text(attributes, 'url.full', 'http.url')
  const parsed = url === undefined ? null : URL.parse(url)
  if (parsed !== null && parsed.hostname !== '') return peer('external', parsed.hostname, parsed.port)
  const ip = text(attributes, 'network.peer.address', 'net.peer.ip')
  return ip === undefined ? undefined : peer('external', ip)
}

const USUAL_PORTS: ReadonlySet<string> = new Set(['80', '443'])

/** The name that calls are counted by. @param masked takes ids out of a name */
export function peerName({ kind, what, where }: Readonly<Peer>, masked: (name: string) => string): string {
  if (where === '' || (kind === 'external' && USUAL_PORTS.has(where))) return what
  // A queue of one reader has an id in its name.
  if (kind === 'queue') return `${what}/${masked(where)}`
  return kind === 'database' ? `${what}/${where}` : `${what}:${where}`
}

function peer(kind: PeerKind, what: string, where = ''): Peer {
  found.kind = kind
  found.what = what
  found.where = where
  return found
}

function text(attributes: Attributes, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = attributeText(attributes, key)
    if (value !== undefined) return value
  }
  return undefined
}
