import { graphlib, layout } from '@dagrejs/dagre'
import { useMemo } from 'preact/hooks'
import type { MapEdge, MapNode } from '../../../analysis/service-map/merge.ts'
import type { ServicesAnswer } from '../../api/services.ts'
import { beginning, countText, durationText, shareText, visibleText } from '../format.ts'
import { href } from '../state/router.ts'

const NODE = { width: 190, height: 46 }
/** A map of more is no map: the table has them all. */
const NODES_MAX = 120
const SIGNS: Readonly<Record<MapNode['kind'], string>> = {
  service: '',
  database: 'database',
  queue: 'queue',
  external: 'external',
  unknown: 'unknown',
}

interface Placed {
  readonly nodes: readonly { readonly node: MapNode; readonly x: number; readonly y: number }[]
  readonly edges: readonly {
    readonly edge: SummedEdge
    readonly points: readonly { readonly x: number; readonly y: number }[]
  }[]
  readonly width: number
  readonly height: number
}

interface SummedEdge {
  readonly caller: string
  readonly callee: string
  readonly isAsync: boolean
  readonly calls: number | undefined
  readonly errors: number
  readonly p95Ms: number | undefined
  readonly releases: readonly string[]
  readonly traceId: string | undefined
}

interface MapProps {
  readonly answer: ServicesAnswer
  /** Services with a word of why they are marked; the map is of these and of whom they call or are called by. */
  readonly marked?: ReadonlyMap<string, string>
}

/** The map, from callers on the left to what they call. */
export function MapOfServices({ answer, marked }: MapProps) {
  const { nodes, edges, width, height } = useMemo(() => {
    const near = marked === undefined ? answer.map : around(answer.map, marked)
    return place(near.nodes, near.edges)
  }, [answer, marked])
  const rates = new Map(Map.groupBy(answer.services, ({ service }) => service))
  if (nodes.length === 0)
    return <p class="body unit">Who calls whom is learnt a minute or two after the first calls.</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard
    <section class="map" tabIndex={0} aria-label="Map of services">
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
        <title>Who calls whom</title>
        <defs>
          {['', '-bad'].map(suffix => (
            <marker
              key={suffix}
              id={`arrow${suffix}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path class={`arrow${suffix}`} d="M0 0 8 4 0 8z" />
            </marker>
          ))}
        </defs>
        {edges.map(({ edge, points }) => (
          <Edge key={`${edge.caller} ${edge.callee} ${edge.isAsync}`} edge={edge} points={points} />
        ))}
        {nodes.map(({ node, x, y }) => {
          const rows = rates.get(node.name) ?? []
          const requests = rows.reduce((sum, row) => sum + row.requests, 0)
          const errors = rows.reduce((sum, row) => sum + row.errors, 0)
          const mark = marked?.get(node.name)
          return <NodeBox key={node.name} {...{ node, x, y, requests, errors, mark }} />
        })}
      </svg>
    </section>
  )
}

interface NodeBoxProps {
  readonly node: MapNode
  readonly x: number
  readonly y: number
  readonly requests: number
  readonly errors: number
  readonly mark: string | undefined
}

function NodeBox({ node, x, y, requests, errors, mark }: NodeBoxProps) {
  const share = requests === 0 ? 0 : errors / requests
  const tone = share > 0.05 ? 'bad' : share > 0.005 ? 'warn' : ''
  const name = beginning(visibleText(node.name), mark === undefined ? 23 : 13)
  const words =
    node.kind !== 'service'
      ? SIGNS[node.kind]
      : requests === 0
        ? 'no requests of its own'
        : `${countText(requests)} req${errors === 0 ? '' : `, ${tone === '' ? '' : '▲ '}${shareText(share)} failed`}`
  const box = (
    <g
      transform={`translate(${x - NODE.width / 2} ${y - NODE.height / 2})`}
      class={`map-node ${node.kind} ${tone}${mark === undefined ? '' : ' marked'}`}
    >
      <title>{`${beginning(visibleText(node.name), 200)}: ${words}`}</title>
      <rect
        width={NODE.width}
        height={NODE.height}
        rx={node.kind === 'service' ? 8 : node.kind === 'database' ? 20 : 2}
      />
      <text x={12} y={19} class="map-name">
        {name}
      </text>
      {mark !== undefined && (
        <text x={NODE.width - 10} y={19} text-anchor="end" class="map-words">
          {beginning(mark, 12)}
        </text>
      )}
      <text x={12} y={35} class="map-words">
        {words}
      </text>
    </g>
  )
  return node.kind === 'service' ? <a href={href('service', { service: node.name })}>{box}</a> : box
}

function Edge({ edge, points }: Placed['edges'][number]) {
  const { calls, errors, p95Ms, isAsync, caller, callee, releases } = edge
  const share = calls === undefined || calls === 0 ? 0 : errors / calls
  const isBad = share > 0.005
  const middle = points[Math.floor(points.length / 2)] ?? { x: 0, y: 0 }
  const words =
    calls === undefined
      ? 'seen, not counted'
      : `${countText(Math.round(calls))} calls, ${shareText(share)} failed, 95 % within ${durationText(p95Ms ?? 0)}`
  const label = calls === undefined ? '' : `${countText(Math.round(calls))}${isBad ? ` ▲ ${shareText(share)}` : ''}`
  const body = (
    <g class={`map-edge${isBad ? ' bad' : ''}${isAsync ? ' async' : ''}`}>
      <title>{`${visibleText(caller)} to ${visibleText(callee)}: ${words}${releases.length > 0 ? `; ${releases.join(', ')}` : ''}`}</title>
      <path d={curve(points)} marker-end={`url(#arrow${isBad ? '-bad' : ''})`} />
      {label !== '' && (
        <text x={middle.x} y={middle.y - 5} text-anchor="middle">
          {label}
        </text>
      )}
    </g>
  )
  return edge.traceId === undefined ? (
    body
  ) : (
    <a
      href={href('trace', { id: edge.traceId })}
      aria-label={`A trace of ${visibleText(caller)} calling ${visibleText(callee)}`}
    >
      {body}
    </a>
  )
}

function curve(points: readonly { readonly x: number; readonly y: number }[]): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  let path = `M${first.x} ${first.y}`
  for (let i = 0; i < rest.length - 1; i++) {
    const [a, b] = [rest[i]!, rest[i + 1]!]
    path += ` Q${a.x} ${a.y} ${(a.x + b.x) / 2} ${(a.y + b.y) / 2}`
  }
  const last = rest.at(-1)
  return last === undefined ? path : `${path} L${last.x} ${last.y}`
}

/** What is marked, with its neighbours. */
function around({ nodes, edges }: ServicesAnswer['map'], marked: ReadonlyMap<string, string>): ServicesAnswer['map'] {
  const touching = edges.filter(({ caller, callee }) => marked.has(caller) || marked.has(callee))
  const names = new Set([...marked.keys(), ...touching.flatMap(({ caller, callee }) => [caller, callee])])
  return { nodes: nodes.filter(({ name }) => names.has(name)), edges: touching }
}

function place(nodes: readonly MapNode[], edges: readonly MapEdge[]): Placed {
  const summed = sum(edges)
  const busiest = new Map(nodes.map(({ name }) => [name, 0]))
  for (const { caller, callee, calls } of summed) {
    for (const name of [caller, callee]) busiest.set(name, (busiest.get(name) ?? 0) + (calls ?? 0))
  }
  const kept = nodes.toSorted((a, b) => busiest.get(b.name)! - busiest.get(a.name)!).slice(0, NODES_MAX)
  const names = new Set(kept.map(({ name }) => name))
  const graph = new graphlib.Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 96, marginx: 12, marginy: 16 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { name } of kept) graph.setNode(name, { ...NODE })
  const shown = summed.filter(({ caller, callee }) => names.has(caller) && names.has(callee) && caller !== callee)
  for (const edge of shown) graph.setEdge(edge.caller, edge.callee, {}, String(edge.isAsync))
  layout(graph)
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number } // as dagre leaves it
  return {
    nodes: kept.map(node => ({ node, ...(graph.node(node.name) as { x: number; y: number }) })),
    edges: shown.map(edge => ({
      edge,
      points: (graph.edge(edge.caller, edge.callee, String(edge.isAsync)) as { points: { x: number; y: number }[] })
        .points,
    })),
    width: Math.max(width, 200),
    height: Math.max(height, 60),
  }
}

/** Of all environments and releases together: one line for each pair. */
function sum(edges: readonly MapEdge[]): SummedEdge[] {
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
        release === null
          ? []
          : [`${release}: ${countText(Math.round(calls ?? 0))} calls, ${countText(Math.round(errors ?? 0))} failed`],
      ),
      traceId: most?.traceId ?? undefined,
    }
  })
}
