import { useMemo, useState } from 'preact/hooks'
import { durationText, many } from '../../format.ts'
import { VirtualList } from '../../parts/virtual-list.tsx'
import { useKeys } from '../../state/keys.ts'
import { param, setParams } from '../../state/router.ts'
import { type Layout, type Row, rowsOf, ticksOf } from './layout.ts'
import { LogRow, SpanRow } from './rows.tsx'
import { SpanPanel } from './span-panel.tsx'

const ROW_PX = 26
const LOST_PX = 250

/** The spans in the order in which they follow from one another, each with a bar in the trace's own time. */
export function Waterfall({ traceId, layout }: { readonly traceId: string; readonly layout: Layout }) {
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set())
  const [find, criticalOnly, withLogs] = [param('find') ?? '', param('critical') === '1', param('logs') !== '0']
  const selected = param('span')
  const zoomed = param('zoom') === undefined ? undefined : layout.nodes.get(param('zoom')!)
  const [from, to] =
    zoomed === undefined ? [0, layout.totalMs] : [zoomed.span.startMs, zoomed.span.startMs + zoomed.span.durationMs]
  const rows = useMemo(
    () => rowsOf(layout, { collapsed, withLogs, criticalOnly, find }),
    [layout, collapsed, withLogs, criticalOnly, find],
  )
  const at = rows.findIndex(row => row.kind === 'span' && row.node.span.spanId === selected)
  const select = (span: string | undefined) => setParams({ span })
  const toggle = (span: string, isOpen?: boolean) => {
    const next = new Set(collapsed)
    if (isOpen ?? collapsed.has(span)) next.delete(span)
    else next.add(span)
    setCollapsed(next)
  }
  useWaterfallKeys({ layout, rows, at, selected, select, toggle, zoom: span => setParams({ zoom: span }) })
  const deep = () => [...layout.nodes.values()].filter(node => node.depth > 0 && node.children.length > 0)
  return (
    <div class={`trace-view${selected === undefined ? '' : ' with-panel'}`}>
      <section class="section waterfall" aria-label="Waterfall">
        <header>
          <input
            type="search"
            placeholder="Find a span or a log line"
            aria-label="Find a span or a log line in this trace"
            value={find}
            onInput={event => setParams({ find: event.currentTarget.value })}
          />
          <div class="aside">
            <label>
              <input
                type="checkbox"
                checked={criticalOnly}
                onChange={() => setParams({ critical: criticalOnly ? undefined : '1' })}
              />{' '}
              Critical path only
            </label>
            <label>
              <input
                type="checkbox"
                checked={withLogs}
                onChange={() => setParams({ logs: withLogs ? '0' : undefined })}
              />{' '}
              Logs
            </label>
            <button
              type="button"
              class="small"
              onClick={() =>
                setCollapsed(collapsed.size > 0 ? new Set() : new Set(deep().map(({ span }) => span.spanId)))
              }
            >
              {collapsed.size > 0 ? 'Open all' : 'Close all'}
            </button>
            {zoomed !== undefined && (
              <button type="button" class="small" onClick={() => setParams({ zoom: undefined })}>
                Whole trace
              </button>
            )}
          </div>
        </header>
        <Axis from={from} to={to} />
        {rows.length === 0 ? (
          <p class="body unit">No span and no log line of this trace has that.</p>
        ) : (
          <VirtualList
            count={rows.length}
            rowHeight={ROW_PX}
            height={Math.max(320, innerHeight - LOST_PX)}
            label={`${many(rows.length, 'row')} of the waterfall`}
            shownIndex={at < 0 ? undefined : at}
            row={index => {
              const row = rows[index]
              if (row === undefined) return null
              return row.kind === 'log' ? (
                <LogRow log={row.log} depth={row.depth} from={from} to={to} />
              ) : (
                <SpanRow
                  node={row.node}
                  layout={layout}
                  from={from}
                  to={to}
                  isSelected={row.node.span.spanId === selected}
                  isClosed={collapsed.has(row.node.span.spanId)}
                  onSelect={() => select(row.node.span.spanId === selected ? undefined : row.node.span.spanId)}
                  onToggle={() => toggle(row.node.span.spanId)}
                />
              )
            }}
          />
        )}
        <p class="waterfall-legend unit">
          <span class="legend-critical" aria-hidden="true" /> the line under a bar is the critical path: what the trace
          waits for
        </p>
      </section>
      {selected !== undefined && <SpanPanel key={selected} traceId={traceId} spanId={selected} layout={layout} />}
    </div>
  )
}

function Axis({ from, to }: { readonly from: number; readonly to: number }) {
  return (
    <div class="axis" aria-hidden="true">
      <div class="span-name" />
      <div class="span-lane">
        {ticksOf(from, to, 5).map(at => (
          <span key={at} class="axis-tick" style={{ left: `${(100 * (at - from)) / Math.max(1e-9, to - from)}%` }}>
            {durationText(at)}
          </span>
        ))}
      </div>
    </div>
  )
}

interface KeysOf {
  readonly layout: Layout
  readonly rows: readonly Row[]
  readonly at: number
  readonly selected: string | undefined
  select(span: string | undefined): void
  toggle(span: string, isOpen: boolean): void
  zoom(span: string | undefined): void
}

function useWaterfallKeys({ layout, rows, at, selected, select, toggle, zoom }: KeysOf): void {
  const step = (by: 1 | -1, fits: (row: Row) => boolean = row => row.kind === 'span') => {
    for (let i = at < 0 && by < 0 ? rows.length - 1 : at + by; i >= 0 && i < rows.length; i += by) {
      const row = rows[i]!
      if (row.kind === 'span' && fits(row)) return select(row.node.span.spanId)
    }
  }
  const failed = (row: Row) => row.kind === 'span' && row.node.span.status === 'error'
  const left = () => {
    if (selected === undefined) return
    const node = layout.nodes.get(selected)
    const next = rows[at + 1]
    const isOpen =
      node !== undefined && node.children.length > 0 && next?.kind === 'span' && next.node.depth > node.depth
    if (isOpen) toggle(selected, false)
    else if (layout.parents.has(selected)) select(layout.parents.get(selected))
  }
  const next = { words: 'the next span', run: () => step(1) }
  const before = { words: 'the span before', run: () => step(-1) }
  useKeys({
    j: next,
    ArrowDown: next,
    k: before,
    ArrowUp: before,
    ArrowRight: { words: 'open the span’s calls', run: () => selected !== undefined && toggle(selected, true) },
    ArrowLeft: { words: 'close the span’s calls, or go to its caller', run: left },
    e: { words: 'the next error', run: () => step(1, failed) },
    E: { words: 'the error before', run: () => step(-1, failed) },
    c: {
      words: 'the critical path only, or all',
      run: () => setParams({ critical: param('critical') === '1' ? undefined : '1' }),
    },
    l: { words: 'logs, or none', run: () => setParams({ logs: param('logs') === '0' ? undefined : '0' }) },
    z: { words: 'look at the time of the span alone', run: () => zoom(selected) },
    '0': { words: 'look at the whole trace', run: () => zoom(undefined) },
    Escape: { words: 'close the panel', run: () => select(undefined) },
  })
}
