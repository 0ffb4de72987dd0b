import './services.css'
import type { ServiceRow, ServicesAnswer } from '../../api/services.ts'
import { Page } from '../parts/answered.tsx'
import { Ago, Empty, Section, Snippet, Text } from '../parts/basics.tsx'
import { Spark } from '../parts/chart.tsx'
import { endpoint } from '../parts/first-record.tsx'
import { RED_COLUMNS } from '../parts/red-columns.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { useAnswer } from '../state/answers.ts'
import { rangeParams } from '../state/range.ts'
import { href, param, setParams } from '../state/router.ts'
import { MapOfServices } from './service-map/index.tsx'

const COLUMNS: readonly Column<ServiceRow>[] = [
  {
    name: 'service',
    title: 'Service',
    by: row => row.service,
    cell: row => (
      <>
        <a href={href('service', { service: row.service })}>
          <Text max={100}>{row.service}</Text>
        </a>{' '}
        <span class="unit">
          <Text max={40}>{row.environment}</Text>
        </span>
      </>
    ),
  },
  ...RED_COLUMNS,
  {
    name: 'trend',
    title: 'Trend',
    isMinor: true,
    cell: row => <Spark values={row.bars.map(bar => bar.requests)} label={`requests of ${row.service.slice(0, 60)}`} />,
  },
  {
    name: 'errorTrend',
    title: 'Errors, trend',
    isMinor: true,
    cell: row => (
      <Spark values={row.bars.map(bar => bar.errors)} label={`errors of ${row.service.slice(0, 60)}`} tone="bad" />
    ),
  },
  {
    name: 'seen',
    title: 'Last',
    isMinor: true,
    by: row => row.lastSeen,
    cell: row => <Ago at={row.lastSeen} />,
  },
]

const firstSpan = () =>
  `curl ${endpoint()}/v1/traces -H 'content-type: application/json' -d '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"hello"}}]},"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"GET /","kind":2,"startTimeUnixNano":"'$(date +%s)'000000000","endTimeUnixNano":"'$(date +%s)'020000000"}]}]}]}'`

/** Who calls whom, and how each of them does. */
export function Services() {
  const byRelease = param('by_release') === '1'
  const answer = useAnswer<ServicesAnswer>('services', { ...rangeParams(), by_release: byRelease ? '1' : undefined }, [
    'records',
  ])
  return (
    <Page
      title="Services"
      aside={
        <label>
          <input
            type="checkbox"
            checked={byRelease}
            onChange={() => setParams({ by_release: byRelease ? undefined : '1' })}
          />{' '}
          each release by itself
        </label>
      }
      answer={answer}
      lines={10}
    >
      {data =>
        data.services.length === 0 && data.map.nodes.length === 0 ? (
          <Section title="No requests in this range">
            <Empty title="A service is here as soon as its first request is stored">
              <p>Requests are spans of the kinds server and consumer. Send one:</p>
              <Snippet label="The first request" text={firstSpan()} />
            </Empty>
          </Section>
        ) : (
          <>
            <Environments answer={data} />
            <Section
              title="Map"
              aside={<span class="unit">a dashed line is a message; failures are red, marked ▲ and said</span>}
            >
              <MapOfServices answer={data} />
            </Section>
            <Section title="Services">
              <Table
                label="Services"
                columns={COLUMNS}
                rows={data.services}
                keyOf={row => `${row.service} ${row.environment}`}
              />
            </Section>
          </>
        )
      }
    </Page>
  )
}

function Environments({ answer: { environments } }: { readonly answer: ServicesAnswer }) {
  const chosen = param('env')
  if (environments.length < 2 && chosen === undefined) return null
  return (
    <nav class="tabs" aria-label="Environments">
      <button
        type="button"
        class="plain"
        aria-pressed={chosen === undefined}
        onClick={() => setParams({ env: undefined })}
      >
        All environments
      </button>
      {[...new Set([...environments, ...(chosen === undefined ? [] : [chosen])])].map(name => (
        <button
          key={name}
          type="button"
          class="plain"
          aria-pressed={chosen === name}
          onClick={() => setParams({ env: name })}
        >
          <Text max={40}>{name}</Text>
        </button>
      ))}
    </nav>
  )
}
