import type { Span } from '../../../pipeline/model/index.ts'
import type { Counts } from '../../../store/red/counts.ts'
import type { BoundedNames } from '../../../store/red/names.ts'
import { type Peer, peerName, peerOf } from '../../../store/red/peer.ts'
import { type DictionaryRow, dictionaryRow } from '../dictionary.ts'
import { clean, type Dimensions, type Space } from '../dimensions.ts'

/** What spans are counted by. The same object for all of one resource and name, where it is remembered. */
export interface Series {
  readonly row: DictionaryRow
  /** Of the batch at hand: what was counted last. */
  open: Entry | undefined
}

/** What one batch, or several, held of a series in a minute. */
export interface Entry extends Counts {
  readonly series: Series
  /** Since 1970. */
  readonly minute: number
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
const INTERNAL = 1
const SERVER = 2
/** Names of one resource and scope that are remembered. */
const SPACE_NAMES_MAX = 4_096

/** Series by name, and by peer where they have one. */
interface SpaceSeries {
  readonly byKind: readonly Map<string, Series>[]
  readonly byPeer: readonly Map<string, Map<string, Map<string, Series>>>[]
}

/** Finds what a span is counted by. */
export class SeriesFinder {
  readonly #operations: BoundedNames
  readonly #peers: BoundedNames
  readonly #spaces = new WeakMap<Space, SpaceSeries>()
  #lastSpace: Space | undefined
  #lastSeries: SpaceSeries = newSpace()

  constructor(operations: BoundedNames, peers: BoundedNames) {
    this.#operations = operations
    this.#peers = peers
  }

  /** Undefined for a span that is neither a request nor a call: what a service does within itself. */
  find(span: Span, dimensions: Dimensions): Series | undefined {
    const { kind, name } = span
    if (kind <= INTERNAL) {
      if (span.parentSpanId !== '') return undefined
    } else if (kind >= KINDS.length) return undefined
    const { byKind, byPeer } = this.#spaceOf(dimensions.space)
    const peer = kind > SERVER ? peerOf(span.attributes) : undefined
    // The kinds are those of the lists, as was looked at above.
    if (peer === undefined) {
      const series = byKind[kind]!
      return series.get(name) ?? remember(series, name, this.#make(span, dimensions, undefined))
    }
    const peers = byPeer[kind]!.get(name) ?? remember(byPeer[kind]!, name, new Map<string, Map<string, Series>>())
    const places = peers.get(peer.what) ?? remember(peers, peer.what, new Map<string, Series>())
    return places.get(peer.where) ?? remember(places, peer.where, this.#make(span, dimensions, peer))
  }

  #spaceOf(space: Space): SpaceSeries {
    if (space === this.#lastSpace) return this.#lastSeries
    let series = this.#spaces.get(space)
    if (series === undefined) {
      series = newSpace()
      this.#spaces.set(space, series)
    }
    this.#lastSpace = space
    this.#lastSeries = series
    return series
  }

  #make({ kind, name }: Span, { origin }: Dimensions, peer: Readonly<Peer> | undefined): Series {
    const service = serviceKey(origin.service, origin.environment)
    const row = dictionaryRow('red_series', [
      clean(origin.service),
      clean(origin.environment),
      origin.version === undefined ? null : clean(origin.version),
      clean(this.#operations.nameFor(service, name)),
      KINDS[kind]!,
      peer?.kind ?? null,
      peer === undefined
        ? null
        : clean(
            this.#peers.nameFor(
              service,
              peerName(peer, name => this.#operations.masked(name)),
            ),
          ),
    ])
    return { row, open: undefined }
  }
}

/** What the limits of names are for. */
export function serviceKey(service: string, environment: string): string {
  return `${service}\0${environment}`
}

function newSpace(): SpaceSeries {
  return { byKind: KINDS.map(() => new Map()), byPeer: KINDS.map(() => new Map()) }
}

function remember<T>(map: Map<string, T>, key: string, value: T): T {
  if (map.size >= SPACE_NAMES_MAX) map.clear()
  map.set(key, value)
  return value
}
