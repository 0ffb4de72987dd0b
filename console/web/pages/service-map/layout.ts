import { graphlib, layout } from '@dagrejs/dagre'
import type { MapEdge, MapNode } from '../../../../analysis/service-map/merge.ts'
import type { ServicesAnswer } from '../../../api/services.ts'

export const NODE = { width: 204, height: 46 }
/** Room for what is written at a line: its calls above, and what failed of them below. */
const LABEL = { width: 72, height: 30, labelpos: 'c' }
/** A map of more is no map: the table has them all. */
const NODES_MAX = 120

interface Point {
  readonly x: number
  readonly y: number
}

export interface Placed {
  readonly nodes: readonly (Point & { readonly node: MapNode })[]
  readonly edges: readonly { readonly edge: Connection; readonly points: readonly Point[]; readonly label: Point }[]
  readonly width: number
  readonly height: number
}

/** One line of the map: all that one calls of another, in all environments. */
export interface Connection {
  readonly caller: string
  readonly callee: string
  readonly isAsync: boolean
  /** undefined: seen, and not counted. */
  readonly calls: number | undefined
  readonly errors: number
  readonly p95Ms: number | undefined
  readonly releases: readonly { readonly release: string; readonly calls: number; readonly errors: number }[]
  readonly traceId: string | undefined
}

export const failedShare = ({ calls, errors }: { readonly calls: number | undefined; readonly errors: number }) =>
  calls === undefined || calls === 0 ? 0 : errors / calls

/** What is marked, with its neighbours. */
export function around({ nodes, edges }: ServicesAnswer['map'], marked: ReadonlyMap<string, string>) {
  const touching = edges.filter(({ caller, callee }) => marked.has(caller) || marked.has(callee))
  const names = new Set([...marked.keys(), ...touching.flatMap(({ caller, callee }) => [caller, callee])])
  return { nodes: nodes.filter(({ name }) => names.has(name)), edges: touching }
}

/** From callers on the left to what they call. */
export function place(nodes: readonly MapNode[], connections: readonly Connection[]): Placed {
  const busiest = new Map(nodes.map(({ name }) => [name, 0]))
  for (const { caller, callee, calls } of connections) {
    for (const name of [caller, callee]) busiest.set(name, (busiest.get(name) ?? 0) + (calls ?? 0))
  }
  const kept = nodes.toSorted((a, b) => busiest.get(b.name)! - busiest.get(a.name)!).slice(0, NODES_MAX)
  const names = new Set(kept.map(({ name }) => name))
  const graph = new graphlib.Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: 18, edgesep: 8, ranksep: 44, marginx: 12, marginy: 16 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { name } of kept) graph.setNode(name, { ...NODE })
  const shown = connections.filter(({ caller, callee }) => names.has(caller) && names.has(callee) && caller !== callee)
  for (const edge of shown) graph.setEdge(edge.caller, edge.callee, { ...LABEL }, String(edge.isAsync))
  layout(graph)
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number } // as dagre leaves it
  const centre = (name: string) => graph.node(name) as Point
  return {
    nodes: kept.map(node => ({ node, ...centre(node.name) })),
    edges: shown.map(edge => {
      const laid = graph.edge(edge.caller, edge.callee, String(edge.isAsync)) as Point & { points: Point[] }
      return { edge, label: laid, points: between(centre(edge.caller), laid, centre(edge.callee)) }
    }),
    width: Math.max(width, 200),
    height: Math.max(height, 60),
  }
}

/** From the right of who calls to the left of who is called, so that no line crosses the box that it begins at. */
function between(from: Point, label: Point & { readonly points: readonly Point[] }, to: Point): readonly Point[] {
  const way = to.x <= from.x ? -1 : 1
  const side = (way * NODE.width) / 2
  const room = (way * LABEL.width) / 2
  const inner = label.points.slice(1, -1).flatMap(point =>
    // Level under its words.
    Math.abs(point.x - label.x) < 1 ? [-room, room].map(x => ({ x: label.x + x, y: label.y })) : [point],
  )
  return [{ x: from.x + side, y: from.y }, ...inner, { x: to.x - side, y: to.y }]
}

/** Through all points, level at each: lines that run beside one another stay apart. */
export function curve([first, ...rest]: readonly Point[]): string {
  if (first === undefined) return ''
  let [path, last] = [`M${first.x} ${first.y}`, first]
  for (const next of rest) {
    const middle = (last.x + next.x) / 2
    path += ` C${middle} ${last.y} ${middle} ${next.y} ${next.x} ${next.y}`
    last = next
  }
  return path
}

/** Of all environments and releases together: one line for each pair. */
export function connectionsOf(edges: readonly MapEdge[]): Connection[] {
  return [
    ...Map.groupBy(edges, ({ caller, callee, isAsync }) => JSON.stringify([caller, callee, isAsync])).values(),
  ].map(same => {
    const counted = same.filter(({ calls }) => calls !== null)
    const most = counted.toSorted((a, b) => (b.errors ?? 0) - (a.errors ?? 0))[0]
    return {
      ...{ caller: same[0]!.caller, callee: same[0]!.callee, isAsync: same[0]!.isAsync },
      calls: counted.length === 0 ? undefined : counted.reduce((total, { calls }) => total + (calls ?? 0), 0),
      errors: counted.reduce((total, { errors }) => total + (errors ?? 0), 0),
      p95Ms: counted.length === 0 ? undefined : Math.max(...counted.map(one => one.p95Ms ?? 0)),
      releases: same.flatMap(({ release, calls, errors }) =>
        release === null ? [] : [{ release, calls: calls ?? 0, errors: errors ?? 0 }],
      ),
      traceId: most?.traceId ?? undefined,
    }
  })
}
