import './slos.css'
import './services.css'
import type { NodeAnswer, NodeRow, NodesAnswer } from '../../api/nodes.ts'
import { lengthText, many, wholeText } from '../format.ts'
import { Page } from '../parts/answered.tsx'
import { Ago, Badge, Empty, Section, Severity, Snippet, Text, type Tone } from '../parts/basics.tsx'
import { Chart } from '../parts/chart.tsx'
import { NodeLinks } from '../parts/node-links.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { useAnswer } from '../state/answers.ts'
import { href, param, route, setParams } from '../state/router.ts'

export const STATES: Readonly<Record<NodeRow['state'], Tone>> = {
  alive: 'good',
  silent: 'bad',
  'never seen': 'quiet',
  revoked: 'quiet',
}

const COLUMNS: readonly Column<NodeRow>[] = [
  {
    name: 'name',
    title: 'Node',
    by: row => row.name,
    cell: row => (
      <>
        <a href={href('node', { id: row.node_id })}>
          <Text max={80}>{row.name}</Text>
        </a>
        <div class="unit">
          <Text max={80}>{row.node_id}</Text>
        </div>
      </>
    ),
  },
  {
    name: 'state',
    title: 'State',
    by: row => row.state,
    cell: row => <Badge tone={STATES[row.state]}>{row.state}</Badge>,
  },
  {
    name: 'unresolved',
    title: 'Unresolved',
    isNumber: true,
    by: row => row.unresolved,
    cell: row =>
      row.unresolved === 0 ? (
        <span class="unit">none</span>
      ) : (
        <Badge tone="warn">{many(row.unresolved, 'report')}</Badge>
      ),
  },
  {
    name: 'seen',
    title: 'Last heard of',
    by: row => row.last_seen ?? '',
    cell: row => (row.last_seen === undefined ? '–' : <Ago at={row.last_seen} />),
  },
  {
    name: 'version',
    title: 'Version',
    isMinor: true,
    by: row => row.node_version ?? '',
    cell: row => <Text max={40}>{row.node_version ?? '–'}</Text>,
  },
  { name: 'owner', title: 'Owner', isMinor: true, cell: row => <Text max={60}>{row.user_id ?? '–'}</Text> },
  {
    name: 'link',
    title: 'As its owner sees it',
    isMinor: true,
    cell: row => <a href={href('myNode', { id: row.node_id })}>plain page</a>,
  },
]

/** The fleet: who is there, who is silent, what crashed. */
export function Nodes() {
  const unresolved = param('unresolved') === '1'
  const answer = useAnswer<NodesAnswer>('nodes', { unresolved: unresolved ? '1' : undefined }, ['records'])
  return (
    <Page
      title="Nodes"
      aside={
        <label>
          <input
            type="checkbox"
            checked={unresolved}
            onChange={() => setParams({ unresolved: unresolved ? undefined : '1' })}
          />{' '}
          with something unresolved only
        </label>
      }
      answer={answer}
    >
      {({ nodes, troubles, hasMore }) =>
        nodes.length === 0 ? (
          <Section title={unresolved ? 'Nothing is unresolved' : 'No node is registered'}>
            {!unresolved && (
              <Empty title="A node reports crashes, lost connections and heartbeats">
                <Snippet label="Register the first one" text={'sensorium nodes add "Kitchen laptop" --user nana'} />
              </Empty>
            )}
          </Section>
        ) : (
          <>
            <p class="panel-facts">
              {(['alive', 'silent', 'never seen', 'revoked'] as const).map(state => {
                const count = nodes.filter(node => node.state === state).length
                return count === 0 ? null : (
                  <Badge key={state} tone={STATES[state]}>
                    {count} {state}
                  </Badge>
                )
              })}
            </p>
            <Section title={hasMore ? `The first ${nodes.length} nodes` : many(nodes.length, 'node')}>
              <Table label="Nodes" columns={COLUMNS} rows={nodes} keyOf={row => row.node_id} />
            </Section>
            <Troubles troubles={troubles} withNode />
          </>
        )
      }
    </Page>
  )
}

function Troubles({
  troubles,
  withNode = false,
}: {
  readonly troubles: NodesAnswer['troubles']
  readonly withNode?: boolean
}) {
  return (
    <Section title="Crashes and warnings">
      {troubles.length === 0 ? (
        <p class="body unit">None.</p>
      ) : (
        <ul class="list">
          {troubles.map((row, i) => (
            <li key={i}>
              <Severity level={String(row.severity)} />
              {withNode && (
                <a href={href('node', { id: String(row.node_id) })}>
                  <Text max={60}>{row.node_id}</Text>
                </a>
              )}
              {row.fingerprint === undefined ? (
                <Text max={200}>{row.message}</Text>
              ) : (
                <a href={href('problem', { id: String(row.fingerprint) })}>
                  <Text max={200}>{row.message}</Text>
                </a>
              )}
              {row.resolved === true && <Badge tone="good">resolved</Badge>}
              <span class="unit">
                <Ago at={String(row.created_at)} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

/** One node: how it does, and what went wrong on it. */
export function Node() {
  const id = route.value?.params.id ?? ''
  const answer = useAnswer<NodeAnswer>('node', { id }, ['records'])
  return (
    <Page
      title={<Text max={120}>{answer.data?.node.name ?? id}</Text>}
      aside={
        <>
          <a href={href('myNode', { id })}>As its owner sees it</a>
          <a href={href('search', {}, { q: `node:${JSON.stringify(id)} since:7d` })}>Its records</a>
        </>
      }
      answer={answer}
    >
      {({ node, troubles, health }) => (
        <>
          <p class="panel-facts">
            <Badge tone={STATES[node.state]}>{node.state}</Badge>
            {node.last_seen !== undefined && (
              <span>
                last heard of <Ago at={node.last_seen} />
              </span>
            )}
            <span class="unit">a heartbeat every {lengthText(node.heartbeat_interval_s * 1000)}</span>
            <span class="unit">
              version <Text max={40}>{node.node_version ?? 'unknown'}</Text>
            </span>
            <span class="unit">
              <Text max={60}>{node.environment}</Text>
            </span>
          </p>
          <Health health={health} />
          <Troubles troubles={troubles} />
          <NodeLinks node={id} />
        </>
      )}
    </Page>
  )
}

function Health({ health }: { readonly health: NodeAnswer['health'] }) {
  const rows = health.toReversed()
  const times = rows.map(row => Date.parse(String(row.created_at)))
  const values = (key: string) => rows.map(row => (row[key] === undefined ? null : Number(row[key])))
  if (rows.length === 0) return <p class="unit">No heartbeat in the last day.</p>
  if (
    rows.every(row => row.memory_mb === undefined && row.connection_failures === undefined && row.errors === undefined)
  )
    return <p class="unit">Its heartbeats say nothing of memory, lost connections and errors.</p>
  return (
    <div class="halves">
      <Section title="Memory">
        <div class="body">
          <Chart
            label="Memory of the node"
            times={times}
            format={value => `${Math.round(value)} MB`}
            height={140}
            series={[{ label: 'memory', values: values('memory_mb') }]}
          />
        </div>
      </Section>
      <Section title="Lost connections and errors">
        <div class="body">
          <Chart
            label="Lost connections and errors since the node started"
            times={times}
            format={wholeText('time', 'times')}
            height={140}
            series={[
              { label: 'lost connections', values: values('connection_failures'), color: '--warn' },
              { label: 'errors', values: values('errors'), color: '--bad' },
            ]}
          />
        </div>
      </Section>
    </div>
  )
}
