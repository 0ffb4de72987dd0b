import type { ServiceAnswer } from '../../api/services.ts'
import { durationText, lengthText, wholeText } from '../format.ts'
import { zoomTo } from '../state/range.ts'
import { Section } from './basics.tsx'
import { Chart, type Series } from './chart.tsx'

interface ChartsProps {
  readonly bars: ServiceAnswer['bars']
  readonly marks?: ServiceAnswer['marks']
}

/** Requests, errors and durations over the range. */
export function RequestCharts({ bars, marks = [] }: ChartsProps) {
  if (bars.length === 0) return null
  const charts: readonly (readonly [title: string, format: (value: number) => string, series: readonly Series[]])[] = [
    ['Requests', wholeText('request'), [{ label: 'requests', values: bars.map(bar => bar.requests), kind: 'bars' }]],
    [
      'Errors',
      wholeText('error'),
      [{ label: 'failed', values: bars.map(bar => bar.errors), kind: 'bars', color: '--bad' }],
    ],
    [
      'Durations',
      durationText,
      [
        { label: 'median', values: bars.map(bar => bar.p50Ms ?? null) },
        { label: 'p95', values: bars.map(bar => bar.p95Ms ?? null) },
        { label: 'p99', values: bars.map(bar => bar.p99Ms ?? null) },
      ],
    ],
  ]
  const times = bars.map(({ at }) => at)
  const each = times.length < 2 ? undefined : `each ${lengthText(times[1]! - times[0]!)}`
  return (
    <div class="charts">
      {charts.map(([title, format, series]) => (
        <Section key={title} title={title} aside={<span class="unit">{each}</span>}>
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
