import { durationText, many } from '../../format.ts'
import { Text } from '../../parts/basics.tsx'
import { FailedShare } from '../../parts/failed-share.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { href } from '../../state/router.ts'
import { type Connection, failedShare } from './layout.ts'

/** The map in rows: on a phone, for those who hear it, and to sort by what fails. */
export function Connections({ connections }: { readonly connections: readonly Connection[] }) {
  return (
    <Table
      label="Connections"
      name="sort-connection"
      columns={COLUMNS}
      rows={connections.toSorted((a, b) => failedShare(b) - failedShare(a) || (b.calls ?? 0) - (a.calls ?? 0))}
      keyOf={({ caller, callee, isAsync }) => JSON.stringify([caller, callee, isAsync])}
    />
  )
}

const COLUMNS: readonly Column<Connection>[] = [
  {
    name: 'connection',
    title: 'Connection',
    by: row => row.caller,
    cell: row => (
      <>
        <Text max={80}>{row.caller}</Text>
        {' → '}
        <Text max={80}>{row.callee}</Text>
        {row.isAsync && <span class="unit"> by message</span>}
      </>
    ),
  },
  {
    name: 'calls',
    title: 'Calls',
    isNumber: true,
    by: row => row.calls ?? -1,
    cell: row => (
      <>
        {row.calls === undefined ? <span class="unit">not counted</span> : many(Math.round(row.calls), 'call')}
        {row.releases.map(({ release, calls }) => (
          <div key={release} class="unit">
            <Text max={40}>{release}</Text>: {many(Math.round(calls), 'call')}
          </div>
        ))}
      </>
    ),
  },
  {
    name: 'failed',
    title: 'Failed',
    isNumber: true,
    by: failedShare,
    cell: row => (
      <>
        <FailedShare failed={row.errors} of={row.calls ?? 0} />
        {row.releases.map(one => (
          <div key={one.release}>
            <FailedShare failed={one.errors} of={one.calls} />
          </div>
        ))}
      </>
    ),
  },
  {
    name: 'p95',
    title: 'p95',
    isNumber: true,
    by: row => row.p95Ms ?? -1,
    cell: row => (row.p95Ms === undefined ? '–' : durationText(row.p95Ms)),
  },
  {
    name: 'trace',
    title: '',
    cell: row => (row.traceId === undefined ? null : <a href={href('trace', { id: row.traceId })}>a trace</a>),
  },
]
