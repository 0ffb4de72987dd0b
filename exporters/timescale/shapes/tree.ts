import { type Attributes, type AttributeValue, attributeLists } from '../../../pipeline/model/index.ts'
import { isBounded } from '../bounded-text.ts'
import { keyJson, type PromotedAttributes, type PromotedColumn, promotionOf } from '../promoted.ts'

/**
 * Finds out which attributes repeat from record to record. It is a tree of what records had: each attribute, in the
 * order in which it came, is an edge, and each of its values leads on to a node; where a record ends is a leaf.
 *
 *     name ─"GET /cart"─► http.route ─"/cart"─► user.id ─(any)─► http.status ─200─► leaf: [shared, shared, own, shared]
 *
 * A key whose values do not repeat is told by its edge: many values, few records for each. It is then *own*: whatever
 * its value, one node follows, and the value stays with the record. Records that reach the same leaf have all else in
 * common. That nothing was seen before costs only space: what a leaf does not share, its rows have.
 */
export interface Leaf {
  /** The attributes that the records have in common. */
  readonly shared: ReadonlyMap<string, AttributeValue>
  /** For each value of the head, whether they have it in common, too. */
  readonly sharesHead: readonly boolean[]
  /** The attributes that stay with the record: where they stand in it, and their keys as they stand in JSON. */
  readonly own: readonly { readonly at: number; readonly json: Uint8Array }[]
  /** Where the attributes stand that `TreeOptions.isMarked` tells, in whichever place they are. */
  readonly marked: readonly number[]
  /** Column → the attribute that it stands for, where that needs no other place. */
  readonly columns: ReadonlyMap<PromotedColumn, string>
  /** What users of the tree keep with a leaf. */
  uses: unknown
}

export interface TreeOptions {
  /** What stands before the attributes, and whether it may turn out to be own. */
  readonly head: readonly { readonly key: string; readonly mayBeOwn: boolean }[]
  /** Columns that an attribute may move to. */
  readonly columns: ReadonlySet<PromotedColumn>
  /** All scalars are shared, however many values there are. */
  readonly sharesAll?: boolean
  /** Attributes that a user of the tree asks the leaf for. */
  readonly isMarked?: (key: string) => boolean
}

/** An edge is judged whenever it has so many more values. */
const JUDGED_EVERY_VALUES = 16
/** Below that many records for each value, a value is not worth a row in a dictionary. */
const RECORDS_PER_VALUE_MIN = 4
/** A text that long is still worth sharing, such as a statement of SQL. */
const SHARED_TEXT_CHARS_MAX = 4_096
/** Of all nodes and their texts, about. Past that the tree begins anew: records are stored whole until it has learnt. */
const TREE_BYTES_MAX = 24 * 1024 * 1024
const NODE_BYTES = 256
/** Senders that make up keys must not fill our memory with them. */
const OWN_KEYS_MAX = 4_096

/** Before the keys of the head: no attribute begins so. */
const HEAD = '\0'

/** How a promoted attribute came: not in a column, in its column but not as it was sent, or just as it was sent. */
const NOT_OFFERED = 0
const OFFERED = 1
const WHOLE = 2

export class ShapeTree {
  readonly #options: TreeOptions
  readonly #headKeys: readonly string[]
  readonly #fixedKeys: ReadonlySet<string>
  readonly #ownKeys = new Set<string>()
  /** The values of the record that was last asked for, in its order: who reads on need not go through a map again. */
  get values(): readonly AttributeValue[] {
    return this.#lists.values
  }
  readonly #lists = attributeLists()
  #root = newNode(undefined, undefined, null)
  #bytes = 0

  constructor(options: TreeOptions) {
    this.#options = options
    this.#headKeys = options.head.map(({ key }) => `${HEAD}${key}`)
    this.#fixedKeys = new Set(this.#headKeys.filter((_, i) => options.head[i]?.mayBeOwn !== true))
  }

  /** Where a record belongs; `promoted` learns what it has for columns. */
  find(head: readonly AttributeValue[], attributes: Attributes, promoted?: PromotedAttributes): Leaf {
    const count = this.#lists.read(attributes)
    for (;;) {
      const leaf = this.#walk(head, count, promoted)
      // Each time a key more is known to be own, so this ends.
      if (leaf !== undefined) return leaf
    }
  }

  #walk(head: readonly AttributeValue[], count: number, promoted: PromotedAttributes | undefined): Leaf | undefined {
    let node: Node | undefined = this.#root
    for (let i = 0; i < head.length; i++) {
      // Of the same length as the options' head, which the caller names.
      node = this.#follow(this.#edge(node, this.#headKeys[i]!), head[i]!)
      if (node === undefined) return undefined
    }
    promoted?.reset()
    const { keys, values } = this.#lists
    for (let i = 0; i < count; i++) {
      // The lists are that long.
      const key = keys[i]!
      const value = values[i]!
      let { edge }: Node = node
      if (edge === undefined || edge.key !== key) edge = this.#edge(node, key)
      const { column } = edge
      if (column === undefined) node = this.#follow(edge, value)
      else node = this.#grow(edge, promoted!.offer(column, edge.rank, value) ? markOf(column, value) : NOT_OFFERED)
      if (node === undefined) return undefined
    }
    node.leaf ??= leafOf(node, this.#headKeys.length, this.#options.isMarked)
    return node.leaf
  }

  #edge(node: Node, key: string): Edge {
    if (node.edge?.key === key) return node.edge
    const known = node.others?.get(key)
    if (known !== undefined) return known
    const { column, rank } = promotionOf(key)
    const edge: Edge = {
      key,
      from: node,
      column: column !== undefined && this.#options.columns.has(column) ? column : undefined,
      rank,
      isOwn: this.#ownKeys.has(key),
      values: new Map(),
      last: undefined,
      own: undefined,
      records: 0,
    }
    this.#bytes += NODE_BYTES + 2 * key.length
    if (node.edge === undefined) node.edge = edge
    else {
      node.others ??= new Map()
      node.others.set(key, edge)
    }
    return edge
  }

  #follow(edge: Edge, given: AttributeValue): Node | undefined {
    if (edge.isOwn) return ownOf(edge)
    // A Map finds a bigint many times slower; in JSON, the number is the same.
    const value = typeof given === 'bigint' && Number.isSafeInteger(Number(given)) ? Number(given) : given
    if ((typeof value === 'object' && value !== null) || (isLong(value) && !this.#fixedKeys.has(edge.key)))
      return ownOf(edge)
    return this.#grow(edge, value)
  }

  /** Undefined when the tree has begun anew. */
  #grow(edge: Edge, value: AttributeValue): Node | undefined {
    edge.records += 1
    const { last } = edge
    if (last !== undefined && last.value === value) return last
    const known = edge.values.get(value)
    if (known !== undefined) {
      edge.last = known
      return known
    }
    if (this.#bytes > TREE_BYTES_MAX) return this.#beginAnew()
    const next = newNode(edge, SHARED, value)
    edge.values.set(value, next)
    this.#bytes += NODE_BYTES + (typeof value === 'string' ? 2 * value.length : 0)
    const count = edge.values.size
    if (
      count % JUDGED_EVERY_VALUES === 0 &&
      edge.records < count * RECORDS_PER_VALUE_MIN &&
      this.#options.sharesAll !== true &&
      !this.#fixedKeys.has(edge.key) &&
      this.#ownKeys.size < OWN_KEYS_MAX
    ) {
      this.#ownKeys.add(edge.key)
      return this.#beginAnew()
    }
    return next
  }

  #beginAnew(): undefined {
    if (this.#ownKeys.size >= OWN_KEYS_MAX) this.#ownKeys.clear()
    this.#root = newNode(undefined, undefined, null)
    this.#bytes = 0
  }
}

interface Node {
  readonly via: Edge | undefined
  readonly how: typeof OWN | typeof SHARED | undefined
  readonly value: AttributeValue
  /** Nearly always the only one. */
  edge: Edge | undefined
  others: Map<string, Edge> | undefined
  leaf: Leaf | undefined
}

interface Edge {
  readonly key: string
  readonly from: Node
  readonly column: PromotedColumn | undefined
  readonly rank: number
  readonly isOwn: boolean
  readonly values: Map<AttributeValue, Node>
  /** That of the record before: many values never change. */
  last: Node | undefined
  own: Node | undefined
  records: number
}

const OWN = 1
const SHARED = 2

function newNode(via: Edge | undefined, how: Node['how'], value: AttributeValue): Node {
  return { via, how, value, edge: undefined, others: undefined, leaf: undefined }
}

function ownOf(edge: Edge): Node {
  edge.own ??= newNode(edge, OWN, null)
  return edge.own
}

function isLong(value: AttributeValue): boolean {
  return typeof value === 'string' && value.length > SHARED_TEXT_CHARS_MAX
}

/** Columns with an index hold texts of a bounded length. */
function markOf(column: PromotedColumn, value: AttributeValue): number {
  return typeof value === 'string' && (column.startsWith('error_') || isBounded(value)) ? WHOLE : OFFERED
}

function leafOf(end: Node, headLength: number, isMarked: TreeOptions['isMarked']): Leaf {
  const path: { readonly node: Node; readonly edge: Edge }[] = []
  for (let node = end; node.via !== undefined; node = node.via.from) path.unshift({ node, edge: node.via })
  const winners = new Map<PromotedColumn, { readonly at: number; readonly rank: number }>()
  path.forEach(({ node, edge: { column, rank } }, at) => {
    if (column === undefined || node.value === NOT_OFFERED) return
    const best = winners.get(column)
    if (best === undefined || rank < best.rank) winners.set(column, { at, rank })
  })
  const shared = new Map<string, AttributeValue>()
  const sharesHead = path.slice(0, headLength).map(({ node }) => node.how === SHARED)
  const columns = new Map<PromotedColumn, string>()
  const own: { at: number; json: Uint8Array }[] = []
  const marked: number[] = []
  path.slice(headLength).forEach(({ node, edge: { key, column } }, at) => {
    if (isMarked?.(key) === true) marked.push(at)
    if (column === undefined && node.how === SHARED) {
      shared.set(key, node.value)
    } else if (column !== undefined && winners.get(column)?.at === at + headLength && node.value === WHOLE) {
      columns.set(column, key)
    } else own.push({ at, json: keyJson(key) })
  })
  return { shared, sharesHead, own, marked, columns, uses: undefined }
}
