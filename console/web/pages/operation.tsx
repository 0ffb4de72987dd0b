import './services.css'
import type { OperationAnswer } from '../../api/operation.ts'
import { durationText, many, shareText } from '../format.ts'
import { Page } from '../parts/answered.tsx'
import { Badge, Empty, Section, Text, Time } from '../parts/basics.tsx'
import { FailedShare } from '../parts/failed-share.tsx'
import { RequestCharts } from '../parts/request-charts.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { useAnswer } from '../state/answers.ts'
import { rangeParams } from '../state/range.ts'
import { href, route } from '../state/router.ts'

type Path = OperationAnswer['paths'][number]
type Sampled = OperationAnswer['slowest'][number]

/** Many requests of one operation laid over one another: where the time goes as a rule, and where it fails. */
export function Operation() {
  const { service = '', operation = '' } = route.value?.params ?? {}
  const answer = useAnswer<OperationAnswer>('operation', { ...rangeParams(), service, operation })
  return (
    <Page
      title={<Text max={200}>{`${service} ${operation}`}</Text>}
      aside={
        <>
          <a href={href('service', { service })}>The service</a>
          <a
            href={href(
              'search',
              {},
              { q: `kind:span service:${JSON.stringify(service)} operation:${JSON.stringify(operation)}` },
            )}
          >
            Its spans
          </a>
        </>
      }
      answer={answer}
      lines={12}
    >
      {data =>
        data.sampled === 0 ? (
          <Section title="No request in this range">
            <Empty title="Nothing to lay over one another">A longer range is in the bar above.</Empty>
          </Section>
        ) : (
          <>
            <RequestCharts bars={data.bars} />
            <Section
              title={`${many(data.overlaid, 'trace')} laid over one another`}
              aside={<span class="unit">bar: median; line: p95; waited: what the request waits for, on average</span>}
            >
              <Table
                label="Calls of the operation"
                columns={columnsOf(data)}
                rows={data.paths}
                keyOf={row => row.key}
              />
            </Section>
            <div class="halves">
              <Requests title="Slowest of those sampled" rows={data.slowest} />
              <Requests title="Failed of those sampled" rows={data.failed} />
            </div>
          </>
        )
      }
    </Page>
  )
}

function columnsOf({ paths, overlaid }: OperationAnswer): readonly Column<Path>[] {
  const end = Math.max(1e-6, ...paths.map(({ startMs, p95Ms }) => startMs + p95Ms))
  const place = (ms: number) => `${Math.min(100, (100 * ms) / end)}%`
  return [
    {
      name: 'call',
      title: 'Call',
      cell: ({ depth, service, operation }) => (
        <div style={{ paddingLeft: `${Math.min(depth, 14) * 12}px` }}>
          <span class="unit">
            <Text max={60}>{service}</Text>
          </span>{' '}
          <Text max={120}>{operation}</Text>
        </div>
      ),
    },
    {
      name: 'lane',
      title: 'When',
      isMinor: true,
      cell: ({ startMs, p50Ms, p95Ms }) => (
        <div class="overlay-lane">
          <div class="overlay-p95" style={{ left: place(startMs), width: place(p95Ms) }} />
          <div class="overlay-bar" style={{ left: place(startMs), width: place(p50Ms) }} />
        </div>
      ),
    },
    {
      name: 'share',
      title: 'In',
      isNumber: true,
      cell: ({ traces, spans }) => (
        <span class="num">
          {shareText(traces / overlaid)}
          {spans > traces && <span class="unit"> {Number((spans / traces).toFixed(1))} ×</span>}
        </span>
      ),
    },
    {
      name: 'errors',
      title: 'Failed',
      isNumber: true,
      cell: ({ errors, spans }) => <FailedShare failed={errors} of={spans} />,
    },
    { name: 'p50', title: 'Median', isNumber: true, cell: ({ p50Ms }) => durationText(p50Ms) },
    { name: 'p95', title: 'p95', isNumber: true, cell: ({ p95Ms }) => durationText(p95Ms) },
    { name: 'self', title: 'Itself', isNumber: true, isMinor: true, cell: ({ selfMs }) => durationText(selfMs) },
    { name: 'waited', title: 'Waited', isNumber: true, cell: ({ criticalMs }) => durationText(criticalMs) },
    {
      name: 'slowest',
      title: '',
      isMinor: true,
      cell: ({ slowest }) => <a href={href('trace', { id: slowest.traceId }, { span: slowest.spanId })}>the slowest</a>,
    },
  ]
}

const COLUMNS: readonly Column<Sampled>[] = [
  { name: 'at', title: 'When', cell: row => <Time at={row.at} /> },
  { name: 'took', title: 'Took', isNumber: true, cell: row => durationText(row.durationMs) },
  { name: 'state', title: '', cell: row => (row.failed ? <Badge tone="bad">failed</Badge> : null) },
  {
    name: 'trace',
    title: 'Trace',
    cell: row => (
      <a class="mono" href={href('trace', { id: row.traceId })}>
        {row.traceId.slice(0, 12)}
      </a>
    ),
  },
]

function Requests({ title, rows }: { readonly title: string; readonly rows: readonly Sampled[] }) {
  return (
    <Section title={title}>
      {rows.length === 0 ? (
        <p class="body unit">None.</p>
      ) : (
        <Table label={title} columns={COLUMNS} rows={rows} keyOf={row => `${row.traceId} ${row.spanId}`} />
      )}
    </Section>
  )
}
