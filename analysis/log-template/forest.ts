/** Two groups became one: rows that carry `from` now belong to `to`. */
export interface GroupMerge {
  readonly from: bigint
  readonly to: bigint
}

interface Node {
  parent: number
  readonly id: bigint
  /** Words that do not vary. The skeleton with the fewest is the most general of a group, and names it. */
  readonly words: number
  /** A template was put here, so the id may be written in rows. */
  isPublished: boolean
}

/** Skeletons, joined to groups. A group's id is the id of its most general skeleton, whatever joined first. */
export interface Forest {
  /** A group of its own for a new skeleton; returns its node. */
  plant(id: bigint, words: number): number
  join(one: number, two: number): void
  groupOf(node: number): bigint
  /** Says that a template carries the id of `node`'s group, and returns the merges since the last call. */
  publish(node: number): GroupMerge[]
}

export function createForest(): Forest {
  const nodes: Node[] = []
  let lost: Node[] = []

  function root(node: number): number {
    let at = node
    for (;;) {
      const current = nodes[at]!
      if (current.parent === at) return at
      const { parent } = nodes[current.parent]!
      current.parent = parent
      at = parent
    }
  }

  return {
    plant(id, words) {
      nodes.push({ parent: nodes.length, id, words, isPublished: false })
      return nodes.length - 1
    },
    join(one, two) {
      const first = root(one)
      const second = root(two)
      if (first === second) return
      const [winner, loser] = isBefore(nodes[first]!, nodes[second]!) ? [first, second] : [second, first]
      const node = nodes[loser]!
      node.parent = winner
      if (node.isPublished) lost.push(node)
    },
    groupOf: node => nodes[root(node)]!.id,
    publish(node) {
      nodes[root(node)]!.isPublished = true
      const merges = lost.map(from => ({ from: from.id, to: nodes[root(from.parent)]!.id }))
      lost = []
      return merges.sort((one, two) => (one.from < two.from ? -1 : 1))
    },
  }
}

function isBefore(one: Node, two: Node): boolean {
  return one.words !== two.words ? one.words < two.words : one.id < two.id
}
