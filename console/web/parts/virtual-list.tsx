import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from '@tanstack/virtual-core'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from 'preact/hooks'

interface VirtualListProps {
  readonly count: number
  /** Of every row, in CSS pixels. */
  readonly rowHeight: number
  /** Of the window onto the rows, in CSS pixels; a list that is shorter takes less. */
  readonly height: number
  readonly label: string
  readonly row: (index: number) => ComponentChildren
  /** Brought into view whenever it changes. */
  readonly shownIndex?: number | undefined
}

/** Rows beyond the window on each side, so that what is scrolled to is there already: each is paid for in every frame. */
const OVERSCAN = 6
/** Rows that are kept; a list that is scrolled far draws those of the beginning anew. */
const DRAWN_MAX = 500

/** A list of any length of which only the rows in view are on the page. */
export function VirtualList({ count, rowHeight, height, label, row, shownIndex }: VirtualListProps) {
  const scroller = useRef<HTMLDivElement>(null)
  // A row that is drawn already is left alone while the list scrolls: only those that come into view cost anything.
  const drawn = useMemo(() => new Map<number, ComponentChildren>(), [row, rowHeight])
  const rowAt = (index: number, start: number) => {
    const known = drawn.get(index) ?? (
      <div key={index} class="virtual-row" style={{ height: `${rowHeight}px`, transform: `translateY(${start}px)` }}>
        {row(index)}
      </div>
    )
    if (drawn.size > DRAWN_MAX) drawn.clear()
    drawn.set(index, known)
    return known
  }
  const [, redraw] = useReducer((n: number, _: undefined) => n + 1, 0)
  const options: VirtualizerOptions<HTMLDivElement, Element> = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(undefined),
  }
  const virtualizer = useMemo(() => new Virtualizer(options), [])
  virtualizer.setOptions(options)
  useEffect(() => virtualizer._didMount(), [virtualizer])
  useLayoutEffect(() => virtualizer._willUpdate())
  useEffect(() => {
    if (shownIndex !== undefined) virtualizer.scrollToIndex(shownIndex, { align: 'auto' })
  }, [shownIndex, virtualizer])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard
    <section class="virtual" ref={scroller} aria-label={label} tabIndex={0} style={{ maxHeight: `${height}px` }}>
      <div class="virtual-all" style={{ height: `${virtualizer.getTotalSize()}px` }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => rowAt(index, start))}
      </div>
    </section>
  )
}
