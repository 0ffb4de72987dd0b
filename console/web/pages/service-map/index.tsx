import { useMemo } from 'preact/hooks'
import type { MapNode } from '../../../../analysis/service-map/merge.ts'
import type { ServicesAnswer } from '../../../api/services.ts'
import { beginning, durationText, many, shareText, visibleText } from '../../format.ts'
import { BAD_SHARE, NOTABLE_SHARE } from '../../parts/failed-share.tsx'
import { useViewBox } from '../../parts/view-box.ts'
import { href } from '../../state/router.ts'
import { Connections } from './connections.tsx'
import { around, connectionsOf, curve, failedShare, NODE, type Placed, place } from './layout.ts'

const SIGNS: Readonly<Record<MapNode['kind'], string>> = {
  service: '',
  database: 'database',
  queue: 'queue',
  external: 'external',
  unknown: 'unknown',
}

const NARROW_PX = 720

interface MapProps {
  readonly answer: ServicesAnswer
  /** Services with a word of why they are marked; the map is of these and of whom they call or are called by. */
  readonly marked?: ReadonlyMap<string, string>
}

/** Who calls whom, drawn and in rows. */
export function MapOfServices({ answer, marked }: MapProps) {
  const { placed, connections } = useMemo(() => {
    const near = marked === undefined ? answer.map : around(answer.map, marked)
    const connections = connectionsOf(near.edges)
    return { placed: place(near.nodes, connections), connections }
  }, [answer, marked])
  if (placed.nodes.length === 0)
    return <p class="body unit">Who calls whom is learnt a minute or two after the first calls.</p>
  return (
    <>
      <Drawing placed={placed} services={answer.services} marked={marked} />
      {connections.length > 0 && (
        <details class="connections" open={marked === undefined && innerWidth <= NARROW_PX}>
          <summary class="body">{many(connections.length, 'connection')}, those that fail most first</summary>
          <Connections connections={connections} />
        </details>
      )}
    </>
  )
}

interface DrawingProps {
  readonly placed: Placed
  readonly services: ServicesAnswer['services']
  readonly marked: MapProps['marked']
}

function Drawing({ placed: { nodes, edges, width, height }, services, marked }: DrawingProps) {
  const view = useViewBox(width, height)
  const rates = new Map(Map.groupBy(services, ({ service }) => service))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it is moved by keys, too
    <section class="map" tabIndex={0} aria-label="Map of services" onKeyDown={view.onKeyDown}>
      <div class="map-tools">
        <button type="button" class="small" aria-label="Closer" onClick={view.closer}>
          +
        </button>
        <button type="button" class="small" aria-label="Further" disabled={view.isWhole} onClick={view.further}>
          −
        </button>
        <button type="button" class="small" disabled={view.isWhole} onClick={view.all}>
          All
        </button>
      </div>
      <svg {...view.svg} class={view.isWhole ? '' : 'is-close'} style={{ maxWidth: `${width}px` }}>
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
        {edges.map(one => (
          <Edge key={`${one.edge.caller} ${one.edge.callee} ${one.edge.isAsync}`} {...one} />
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
  const share = failedShare({ calls: requests, errors })
  const tone = share > BAD_SHARE ? 'bad' : share > NOTABLE_SHARE ? 'warn' : ''
  const name = beginning(visibleText(node.name), mark === undefined ? 23 : 13)
  const words =
    node.kind !== 'service'
      ? SIGNS[node.kind]
      : requests === 0
        ? 'no requests of its own'
        : `${many(requests, 'request')}${errors === 0 ? '' : `, ${tone === '' ? '' : '▲ '}${shareText(share)} failed`}`
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

function Edge({ edge, points, label }: Placed['edges'][number]) {
  const { calls, p95Ms, isAsync, caller, callee, releases } = edge
  const share = failedShare(edge)
  const isBad = share > NOTABLE_SHARE
  const counted = calls === undefined ? '' : many(Math.round(calls), 'call')
  const words =
    calls === undefined
      ? 'seen, not counted'
      : `${counted}, ${shareText(share)} failed, p95 ${durationText(p95Ms ?? 0)}`
  const each = releases.map(one => `${one.release}: ${many(Math.round(one.calls), 'call')}`)
  const body = (
    <g class={`map-edge${isBad ? ' bad' : ''}${isAsync ? ' async' : ''}`}>
      <title>{[`${visibleText(caller)} to ${visibleText(callee)}: ${words}`, ...each].join('; ')}</title>
      <path d={curve(points)} marker-end={`url(#arrow${isBad ? '-bad' : ''})`} />
      {counted !== '' && (
        <text text-anchor="middle">
          <tspan x={label.x} y={label.y - 4}>
            {counted}
          </tspan>
          {isBad && (
            <tspan x={label.x} dy={16}>
              ▲ {shareText(share)}
            </tspan>
          )}
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
