import type { ServiceAnswer } from '../../api/services.ts'
import { countText, durationText } from '../format.ts'
import { zoomTo } from '../state/range.ts'
import { Section } from './basics.tsx'
import { Chart } from './chart.tsx'

interface ChartsProps {
  readonly bars: ServiceAnswer['bars']
  readonly marks?: ServiceAnswer['marks']
}

/** Requests, errors and durations over the range. */
export function RequestCharts({ bars, marks = [] }: ChartsProps) {
  if (bars.length === 0) return null
  const times = bars.map(({ at }) => at)
  return (
    <div class="charts">
      <Section title="Requests">
        <div class="body">
          <Chart
            label="Requests"
            times={times}
            marks={marks}
            onZoom={zoomTo}
            format={value => countText(Math.round(value))}
            height={150}
            series={[{ label: 'requests', values: bars.map(bar => bar.requests), kind: 'bars' }]}
          />
        </div>
      </Section>
      <Section title="Errors">
        <div class="body">
          <Chart
            label="Errors"
            times={times}
            marks={marks}
            onZoom={zoomTo}
            format={value => countText(Math.round(value))}
            height={150}
            series={[{ label: 'failed', values: bars.map(bar => bar.errors), kind: 'bars', color: '--bad' }]}
          />
        </div>
      </Section>
      <Section title="Durations">
        <div class="body">
          <Chart
            label="Durations"
            times={times}
            marks={marks}
            onZoom={zoomTo}
            format={durationText}
            height={150}
            series={[
              { label: 'median', values: bars.map(bar => bar.p50Ms ?? null) },
              { label: '95 %', values: bars.map(bar => bar.p95Ms ?? null) },
              { label: '99 %', values: bars.map(bar => bar.p99Ms ?? null) },
            ]}
          />
        </div>
      </Section>
    </div>
  )
}
