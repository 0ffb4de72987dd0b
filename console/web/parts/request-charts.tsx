import type { ServiceAnswer } from '../../api/services.ts'
import { countText, durationText } from '../format.ts'
import { zoomTo } from '../state/range.ts'
import { Section } from './basics.tsx'
import { Chart, type Series } from './chart.tsx'

interface ChartsProps {
  readonly bars: ServiceAnswer['bars']
  readonly marks?: ServiceAnswer['marks']
}

const whole = (value: number) => countText(Math.round(value))

/** Requests, errors and durations over the range. */
export function RequestCharts({ bars, marks = [] }: ChartsProps) {
  if (bars.length === 0) return null
  const charts: readonly (readonly [title: string, format: (value: number) => string, series: readonly Series[]])[] = [
    ['Requests', whole, [{ label: 'requests', values: bars.map(bar => bar.requests), kind: 'bars' }]],
    ['Errors', whole, [{ label: 'failed', values: bars.map(bar => bar.errors), kind: 'bars', color: '--bad' }]],
    [
      'Durations',
      durationText,
      [
        { label: 'median', values: bars.map(bar => bar.p50Ms ?? null) },
        { label: '95 %', values: bars.map(bar => bar.p95Ms ?? null) },
        { label: '99 %', values: bars.map(bar => bar.p99Ms ?? null) },
      ],
    ],
  ]
  const times = bars.map(({ at }) => at)
  return (
    <div class="charts">
      {charts.map(([title, format, series]) => (
        <Section key={title} title={title}>
          <div class="body">
            <Chart
              label={title}
              times={times}
              marks={marks}
              onZoom={zoomTo}
              format={format}
              height={150}
              series={series}
            />
          </div>
        </Section>
      ))}
    </div>
  )
}
