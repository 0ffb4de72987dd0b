import './services.css'
import type { ServiceAnswer } from '../../api/services.ts'
import { durationText, many } from '../format.ts'
import { Page } from '../parts/answered.tsx'
import { Ago, Empty, Section, Severity, Text } from '../parts/basics.tsx'
import { FailedShare } from '../parts/failed-share.tsx'
import { RED_COLUMNS } from '../parts/red-columns.tsx'
import { RequestCharts } from '../parts/request-charts.tsx'
import { type Column, countColumn, Table } from '../parts/table.tsx'
import { useAnswer } from '../state/answers.ts'
import { rangeParams } from '../state/range.ts'
import { href, route } from '../state/router.ts'

/** One service: how it does, what it answers, whom it needs, and what ran when. */
export function Service() {
  const service = route.value?.params.service ?? ''
  const answer = useAnswer<ServiceAnswer>('service', { ...rangeParams(), service }, ['records'])
  return (
    <Page
      title={<Text max={120}>{service}</Text>}
      aside={
        <>
          <a href={href('search', {}, { q: `service:${JSON.stringify(service)}` })}>Its records</a>
          <a href={href('deploys', {}, { service })}>Its deploys</a>
        </>
      }
      answer={answer}
      lines={12}
    >
      {data => (
        <>
          <RequestCharts bars={data.bars} marks={data.marks} />
          <Section
            title="Operations"
            aside={<span class="unit">{many(data.operations.length, 'operation')} in this range</span>}
          >
            {data.operations.length === 0 ? (
              <Empty title="No requests in this range">A longer range is in the bar above.</Empty>
            ) : (
              <Table
                label="Operations"
                columns={operations(service)}
                rows={data.operations}
                keyOf={row => row.operation}
              />
            )}
          </Section>
          <Problems problems={data.problems} service={service} />
          <div class="halves">
            <Edges title="Calls" edges={data.calls} other="callee" />
            <Edges title="Is called by" edges={data.calledBy} other="caller" />
          </div>
          <Releases releases={data.releases} />
        </>
      )}
    </Page>
  )
}

type Operation = ServiceAnswer['operations'][number]

const operations = (service: string): readonly Column<Operation>[] => [
  {
    name: 'operation',
    title: 'Operation',
    by: row => row.operation,
    cell: row => (
      <a href={href('operation', { service, operation: row.operation })}>
        <Text max={120}>{row.operation}</Text>
      </a>
    ),
  },
  ...RED_COLUMNS,
  {
    name: 'trace',
    title: '',
    isMinor: true,
    cell: row =>
      row.traceId === undefined ? null : (
        <a href={href('trace', { id: row.traceId })}>{row.errors > 0 ? 'a failed trace' : 'a trace'}</a>
      ),
  },
]

function Problems({ problems, service }: { readonly problems: ServiceAnswer['problems']; readonly service: string }) {
  return (
    <Section
      title="Problems"
      aside={
        <a href={href('search', {}, { q: `service:${JSON.stringify(service)} level:error,warn`, view: 'patterns' })}>
          All its patterns
        </a>
      }
    >
      {problems.length === 0 ? (
        <p class="body unit">No error and no warning in this range.</p>
      ) : (
        <ul class="list">
          {problems.map(row => (
            <li key={String(row.fingerprint)}>
              <Severity level={Number(row.severity_number) >= 17 ? 'error' : 'warn'} />
              <a href={href('problem', { id: String(row.fingerprint) })}>
                <Text max={200}>{row.template}</Text>
              </a>
              <span class="unit">
                {many(Number(row.records), 'record')}, last <Ago at={String(row.last_seen)} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

type Edge = ServiceAnswer['calls'][number]

function Edges({
  title,
  edges,
  other,
}: {
  readonly title: string
  readonly edges: readonly Edge[]
  readonly other: 'caller' | 'callee'
}) {
  const columns: readonly Column<Edge>[] = [
    {
      name: 'other',
      title: other === 'callee' ? 'What' : 'Who',
      cell: edge => {
        const kind = other === 'callee' ? edge.calleeKind : edge.callerKind
        return (
          <>
            {kind === 'service' ? (
              <a href={href('service', { service: edge[other] })}>
                <Text max={80}>{edge[other]}</Text>
              </a>
            ) : (
              <Text max={80}>{edge[other]}</Text>
            )}
            {kind !== 'service' && <span class="unit"> {kind}</span>}
            {edge.isAsync && <span class="unit"> by message</span>}
          </>
        )
      },
    },
    {
      name: 'calls',
      title: 'Calls',
      isNumber: true,
      cell: edge =>
        edge.calls === null ? (
          <span class="unit">not counted</span>
        ) : (
          <span class="num">{many(Math.round(edge.calls), 'call')}</span>
        ),
    },
    {
      name: 'errors',
      title: 'Failed',
      isNumber: true,
      cell: edge =>
        edge.calls === null || edge.calls === 0 ? '–' : <FailedShare failed={edge.errors ?? 0} of={edge.calls} />,
    },
    {
      name: 'p95',
      title: 'p95',
      isNumber: true,
      cell: edge => (edge.p95Ms === null ? '–' : durationText(edge.p95Ms)),
    },
    {
      name: 'trace',
      title: '',
      isMinor: true,
      cell: edge => (edge.traceId === null ? null : <a href={href('trace', { id: edge.traceId })}>a trace</a>),
    },
  ]
  return (
    <Section title={title}>
      {edges.length === 0 ? (
        <p class="body unit">{other === 'callee' ? 'It was seen calling nobody.' : 'Nobody was seen calling it.'}</p>
      ) : (
        <Table
          label={title}
          name={`sort-${other}`}
          columns={columns}
          rows={edges}
          keyOf={edge => JSON.stringify([edge.environment, edge.caller, edge.callee, edge.isAsync])}
        />
      )}
    </Section>
  )
}

type Release = ServiceAnswer['releases'][number]

const RELEASES: readonly Column<Release>[] = [
  { name: 'release', title: 'Release', cell: row => <Text max={80}>{row.release}</Text> },
  { name: 'env', title: 'Environment', isMinor: true, cell: row => <Text max={40}>{row.environment}</Text> },
  { name: 'first', title: 'First seen', cell: row => <Ago at={String(row.first_seen)} /> },
  { name: 'last', title: 'Last seen', cell: row => <Ago at={String(row.last_seen)} /> },
  countColumn('requests', 'Requests', 'requests', row => Number(row.requests ?? 0)),
  {
    name: 'errors',
    title: 'Failed',
    isNumber: true,
    cell: row => <FailedShare failed={Number(row.errors ?? 0)} of={Number(row.requests ?? 0)} />,
  },
  {
    name: 'p95',
    title: 'p95',
    isNumber: true,
    isMinor: true,
    cell: row => <span class="num">{row.p95Ms === undefined ? '–' : durationText(Number(row.p95Ms))}</span>,
  },
]

function Releases({ releases }: { readonly releases: readonly Release[] }) {
  return (
    <Section title="Versions" aside={<span class="unit">requests of the last day at most</span>}>
      {releases.length === 0 ? (
        <p class="body unit">It sends no service.version.</p>
      ) : (
        <Table
          label="Versions"
          name="sort-release"
          columns={RELEASES}
          rows={releases}
          keyOf={row => `${row.release} ${row.environment}`}
        />
      )}
    </Section>
  )
}
