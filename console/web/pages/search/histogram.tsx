import { useRef, useState } from 'preact/hooks'
import type { RecordCountsAnswer } from '../../../api/search.ts'
import { countText, lengthText, many, timeText } from '../../format.ts'
import { zone } from '../../state/preferences.ts'

/** From the worst: it stands at the bottom, where heights compare. */
const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const
const TONES: Readonly<Record<string, string>> = {
  fatal: '--bad',
  error: '--bad',
  warn: '--warn',
  info: '--series-1',
  debug: '--series-8',
  trace: '--series-8',
}
const HEIGHT = 64

/** Records over time by level; a range that is drawn becomes the range of the page. */
export function Histogram({
  counts,
  onZoom,
}: {
  readonly counts: RecordCountsAnswer
  readonly onZoom: (from: number, to: number) => void
}) {
  const { bars, barMs, total, basis } = counts
  const box = useRef<SVGSVGElement>(null)
  const [drawn, setDrawn] = useState<{ readonly a: number; readonly b: number }>()
  const [over, setOver] = useState<number>()
  const sums = bars.map(({ counts }) => Object.values(counts).reduce((a, b) => a + b, 0))
  const most = Math.max(1, ...sums)
  const barAt = (event: PointerEvent) => {
    const { left, width } = box.current!.getBoundingClientRect()
    return Math.max(
      0,
      Math.min(bars.length - 1, Math.floor(((event.clientX - left) / Math.max(1, width)) * bars.length)),
    )
  }
  const finish = () => {
    if (drawn !== undefined && drawn.a !== drawn.b) {
      const [first, last] = [Math.min(drawn.a, drawn.b), Math.max(drawn.a, drawn.b)]
      onZoom(bars[first]!.at, bars[last]!.at + barMs)
    }
    setDrawn(undefined)
  }
  const shown = over === undefined ? undefined : bars[over]
  const text = (at: number) => timeText(new Date(at), zone.value, new Date())
  return (
    <figure class="histogram">
      <svg
        ref={box}
        viewBox={`0 0 ${bars.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${many(total, 'record')} over time, up to ${many(most, 'record')} in ${lengthText(barMs)}`}
        onPointerDown={event => {
          event.currentTarget.setPointerCapture(event.pointerId)
          setDrawn({ a: barAt(event), b: barAt(event) })
        }}
        onPointerMove={event => {
          setOver(barAt(event))
          if (drawn !== undefined) setDrawn({ a: drawn.a, b: barAt(event) })
        }}
        onPointerUp={finish}
        onPointerLeave={() => setOver(undefined)}
      >
        {bars.map(({ at, counts }, i) => {
          let top = HEIGHT
          return (
            <g key={at}>
              {LEVELS.map(level => {
                const count = counts[level] ?? 0
                if (count === 0) return null
                const size = Math.max(1, (count / most) * HEIGHT)
                top -= size
                return (
                  <rect key={level} x={i + 0.08} y={top} width={0.84} height={size} fill={`var(${TONES[level]})`} />
                )
              })}
            </g>
          )
        })}
        {drawn !== undefined && (
          <rect
            class="drawn"
            x={Math.min(drawn.a, drawn.b)}
            y={0}
            width={Math.abs(drawn.a - drawn.b) + 1}
            height={HEIGHT}
          />
        )}
      </svg>
      <figcaption class="unit">
        <span>{bars[0] !== undefined && text(bars[0].at)}</span>
        <span>
          {shown === undefined
            ? `${basis === 'newest' && counts.countedFrom !== counts.from ? 'the newest ' : ''}${many(total, 'record')} · each bar ${lengthText(barMs)} · drag to look closer`
            : `${text(shown.at)}: ${
                Object.entries(shown.counts)
                  .map(([level, count]) => `${countText(count)} ${level}`)
                  .join(', ') || 'nothing'
              }`}
        </span>
        <span>{bars.length > 0 && text(bars.at(-1)!.at + barMs)}</span>
      </figcaption>
    </figure>
  )
}
