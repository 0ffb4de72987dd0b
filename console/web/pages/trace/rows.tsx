import { durationText } from '../../format.ts'
import { Severity, Text } from '../../parts/basics.tsx'
import type { Layout, Node, WireLog } from './layout.ts'

const INDENT_PX = 14
/** Deeper than this says nothing more, and leaves no room for names. */
const INDENT_MAX = 14

interface Window {
  readonly from: number
  readonly to: number
}

const placeOf = (ms: number, { from, to }: Window) => (100 * (ms - from)) / Math.max(1e-9, to - from)

interface SpanRowProps extends Window {
  readonly node: Node
  readonly layout: Layout
  readonly isSelected: boolean
  readonly isClosed: boolean
  readonly onSelect: () => void
  readonly onToggle: () => void
}

export function SpanRow({ node, layout, from, to, isSelected, isClosed, onSelect, onToggle }: SpanRowProps) {
  const { wire, startMs, durationMs, spanId, status } = node.span
  const isBad = status === 'error'
  const color = `var(--series-${(layout.services.indexOf(wire.service) % 8) + 1})`
  const [left, right] = [placeOf(startMs, { from, to }), placeOf(startMs + durationMs, { from, to })]
  const waited = layout.waited.get(spanId) ?? []
  const isLate = left > 60
  return (
    <div class={`span-row${isSelected ? ' selected' : ''}${isBad ? ' bad' : ''}`}>
      <div class="span-name" style={{ paddingLeft: `${8 + INDENT_PX * Math.min(node.depth, INDENT_MAX)}px` }}>
        {node.children.length > 0 ? (
          <button
            type="button"
            class="plain twist"
            aria-expanded={!isClosed}
            aria-label={isClosed ? 'Open its calls' : 'Close its calls'}
            onClick={onToggle}
            tabIndex={-1}
          >
            {isClosed ? '▸' : '▾'}
          </button>
        ) : (
          <span class="twist" />
        )}
        <button type="button" class="plain pick" aria-pressed={isSelected} onClick={onSelect}>
          <span class="swatch" style={{ background: color }} aria-hidden="true" />
          {isBad && (
            <span class="bad-sign" role="img" aria-label="failed">
              ▲
            </span>
          )}
          <span class="unit">
            <Text max={60}>{wire.service}</Text>
          </span>{' '}
          <Text max={160}>{wire.operation_name}</Text>
        </button>
      </div>
      <div class="span-lane">
        <div
          class={`span-bar${isBad ? ' bad' : ''}`}
          style={{ left: `${left}%`, width: `${Math.max(0, right - left)}%`, background: isBad ? undefined : color }}
        />
        {waited.map(([a, b]) => (
          <div
            key={a}
            class="span-wait"
            style={{
              left: `${placeOf(a, { from, to })}%`,
              width: `${Math.max(0, placeOf(b, { from, to }) - placeOf(a, { from, to }))}%`,
            }}
          />
        ))}
        <span
          class={`span-time${isLate ? ' before' : ''}`}
          style={isLate ? { right: `${100 - left}%` } : { left: `${Math.min(right, 100)}%` }}
        >
          {durationText(durationMs)}
        </span>
      </div>
    </div>
  )
}

export function LogRow({ log, depth, from, to }: { readonly log: WireLog; readonly depth: number } & Window) {
  return (
    <div class={`span-row log ${log.level}`}>
      <div class="span-name" style={{ paddingLeft: `${28 + INDENT_PX * Math.min(depth, INDENT_MAX)}px` }}>
        <Severity level={log.level} /> <Text max={300}>{log.message}</Text>
      </div>
      <div class="span-lane">
        <div class="log-dot" style={{ left: `${placeOf(log.at_ms, { from, to })}%` }} />
      </div>
    </div>
  )
}
