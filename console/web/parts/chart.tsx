import { useEffect, useMemo, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { timeText } from '../format.ts'
import { isDark, zone } from '../state/preferences.ts'

export interface Series {
  readonly label: string
  /** One for each of `times`; null where there is none. */
  readonly values: readonly (number | null)[]
  /** A token, such as `--bad`; by default the next of `--series-1` … `--series-8`. */
  readonly color?: string
  readonly kind?: 'line' | 'bars'
}

export interface Mark {
  /** Milliseconds. */
  readonly at: number
  readonly label: string
}

interface ChartProps {
  /** What it shows, in words: for those who hear it, and as its title. */
  readonly label: string
  /** Milliseconds, ascending. */
  readonly times: readonly number[]
  readonly series: readonly Series[]
  /** With the unit. */
  readonly format: (value: number) => string
  readonly height?: number
  /** Deploys and the like: a line from top to bottom. */
  readonly marks?: readonly Mark[]
  /** A range that was drawn with the mouse. */
  readonly onZoom?: (from: number, to: number) => void
}

/** A series over time. What a pointer is on stands as text below. */
export function Chart({ label, times, series, format, height = 160, marks = [], onZoom }: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const dark = isDark.value
  const zoned = zone.value
  const data = useMemo(
    () => [times.map(at => at / 1000), ...series.map(({ values }) => [...values])] as uPlot.AlignedData,
    [times, series],
  )
  useEffect(() => {
    const element = box.current!
    const plot = new uPlot(
      { ...optionsOf({ series, format, marks, zoned, onZoom }), width: element.clientWidth || 600, height },
      data,
      element,
    )
    const watcher = new ResizeObserver(() => {
      if (element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height })
    })
    watcher.observe(element)
    return () => {
      watcher.disconnect()
      plot.destroy()
    }
  }, [data, dark, zoned, height, JSON.stringify(marks), onZoom === undefined])
  return (
    <figure class="chart">
      <div ref={box} role="img" aria-label={`${label}: ${summaryOf(series, format)}`} />
      {(series.length > 1 || marks.length > 0) && (
        <figcaption class="chart-key unit">
          {series.length > 1 &&
            series.map(({ label, color }, i) => (
              <span key={label}>
                <i style={{ background: `var(${colorOf(color, i)})` }} />
                {label}
              </span>
            ))}
          {marks.length > 0 && (
            <span>
              <span aria-hidden="true">┊</span> {marks.length === 1 ? marks[0]!.label : `${marks.length} deploys`}
            </span>
          )}
        </figcaption>
      )}
    </figure>
  )
}

function summaryOf(series: readonly Series[], format: (value: number) => string): string {
  return series
    .map(({ label, values }) => {
      const known = values.filter(value => value !== null)
      return known.length === 0 ? `${label} none` : `${label} up to ${format(Math.max(...known))}`
    })
    .join(', ')
}

const colorOf = (color: string | undefined, place: number) => color ?? `--series-${(place % 8) + 1}`

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

type Drawn = Required<Pick<ChartProps, 'series' | 'format' | 'marks'>> & {
  readonly zoned: 'local' | 'utc'
  readonly onZoom: ChartProps['onZoom']
}

function optionsOf({ series, format, marks, zoned, onZoom }: Drawn): Omit<uPlot.Options, 'width' | 'height'> {
  const [line, muted] = [token('--line'), token('--muted')]
  const font = `11px ${token('--font')}`
  const bars = uPlot.paths.bars!({ size: [0.8, 24], align: 1 })
  const axis = { stroke: muted, font, grid: { stroke: line, width: 1 }, ticks: { show: false } }
  return {
    tzDate: seconds => (zoned === 'utc' ? uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') : new Date(seconds * 1000)),
    legend: { live: true, show: true },
    cursor: { points: { size: 6 }, drag: { x: onZoom !== undefined, y: false, setScale: false } },
    axes: [
      {
        ...axis,
        values: (_, splits) => splits.map(at => timeText(new Date(at * 1000), zoned, new Date()).replace(/:00$/, '')),
        space: 70,
        size: 28,
      },
      { ...axis, values: (_, splits) => splits.map(format), size: widthOf },
    ],
    scales: { y: { range: (_, min, max) => [Math.min(0, min), max > 0 ? max * 1.08 : 1] } },
    series: [
      { label: 'Time', value: (_, at) => (at === null ? '–' : timeText(new Date(at * 1000), zoned, new Date())) },
      ...series.map(({ label, color, kind = 'line' }, i): uPlot.Series => {
        const stroke = token(colorOf(color, i))
        return {
          label,
          stroke,
          width: kind === 'bars' ? 0 : 1.5,
          fill: kind === 'bars' ? stroke : `${stroke}22`,
          points: { show: false },
          value: (_, value) => (value === null || value === undefined ? '–' : format(value)),
          ...(kind === 'bars' ? { paths: bars } : {}),
        }
      }),
    ],
    hooks: {
      draw: [plot => drawMarks(plot, marks)],
      setSelect: [
        plot => {
          const { left, width } = plot.select
          if (width < 4 || onZoom === undefined) return
          onZoom(plot.posToVal(left, 'x') * 1000, plot.posToVal(left + width, 'x') * 1000)
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        },
      ],
    },
  }
}

const CHARACTER_PX = 6.5

/** An axis as wide as the longest of its figures with their units. */
function widthOf(_: uPlot, values: readonly string[] | null): number {
  return 20 + CHARACTER_PX * Math.max(0, ...(values ?? []).map(text => text.length))
}

function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.strokeStyle = token('--mark')
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio])
  for (const { at } of marks) {
    const x = Math.round(plot.valToPos(at / 1000, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.restore()
}

/** A series the size of a word: how it went, no more. */
export function Spark({ values, label, tone = 'info' }: SparkProps) {
  const most = Math.max(1, ...values)
  const step = 100 / Math.max(1, values.length)
  return (
    <svg class={`spark ${tone}`} viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label={label}>
      {values.map((value, i) => {
        const size = value === 0 ? 0 : Math.max(1.5, (value / most) * 20)
        return <rect key={i} x={i * step} y={20 - size} width={step * 0.8} height={size} />
      })}
    </svg>
  )
}

interface SparkProps {
  readonly values: readonly number[]
  readonly label: string
  readonly tone?: 'bad' | 'info' | 'quiet'
}
