import type { ServiceNow } from '../../api/services-now.ts'
import { countText, durationText, many, shareText } from '../format.ts'
import { href } from '../state/router.ts'
import { Badge, Text } from './basics.tsx'
import { Spark } from './chart.tsx'
import { type Column, Table } from './table.tsx'

interface ServiceTableProps {
  readonly services: readonly ServiceNow[]
  readonly from: string
  readonly to: string
}

/** Past this a service fails notably more than it usually does: three in a thousand such figures are chance. */
const NOTABLE_EXCESS = 3

export function ServiceTable({ services, from, to }: ServiceTableProps) {
  if (services.length === 0) return <p class="body unit">No requests were seen in this range.</p>
  const minutes = Math.max(1, (+new Date(to) - +new Date(from)) / 60_000)
  const shareOf = ({ errors, requests }: ServiceNow) => (requests === 0 ? 0 : errors / requests)
  const columns: readonly Column<ServiceNow>[] = [
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
            <Text max={60}>{row.environment}</Text>
          </span>
        </>
      ),
    },
    {
      name: 'errors',
      title: 'Errors',
      isNumber: true,
      by: shareOf,
      cell: row => <span class="num">{shareText(shareOf(row))}</span>,
    },
    {
      name: 'usual',
      title: 'Usually',
      isNumber: true,
      by: row => row.usual?.error_share ?? -1,
      cell: row => (
        <span class="num unit">{row.usual === undefined ? 'no past yet' : shareText(row.usual.error_share)}</span>
      ),
    },
    {
      name: 'state',
      title: '',
      cell: row =>
        row.excess > NOTABLE_EXCESS && row.errors > 0 ? (
          <Badge tone="bad">{many(row.errors, 'error')}</Badge>
        ) : row.errors > 0 && row.usual === undefined ? (
          <Badge>too few to tell</Badge>
        ) : (
          <Badge tone="good">as usual</Badge>
        ),
    },
    {
      name: 'trend',
      title: 'Errors over the range',
      isMinor: true,
      cell: row => (
        <Spark
          values={row.error_parts}
          label={`${countText(row.errors)} errors over the range`}
          tone={row.excess > NOTABLE_EXCESS ? 'bad' : 'quiet'}
        />
      ),
    },
    {
      name: 'rate',
      title: 'Requests',
      isNumber: true,
      by: row => row.requests,
      cell: row => (
        <span class="num">
          {countText(Math.round((row.requests / minutes) * 10) / 10)} <span class="unit">/min</span>
        </span>
      ),
    },
    {
      name: 'p95',
      title: 'p95',
      isNumber: true,
      by: row => row.p95_ms ?? 0,
      cell: row => <span class="num">{row.p95_ms === undefined ? '–' : durationText(row.p95_ms)}</span>,
    },
    {
      name: 'usual_p95',
      title: 'Usually',
      isNumber: true,
      isMinor: true,
      cell: row => <span class="num unit">{row.usual === undefined ? '–' : durationText(row.usual.p95_ms)}</span>,
    },
  ]
  return (
    <Table
      label="Services by error rate against their own past"
      columns={columns}
      rows={services}
      keyOf={({ service, environment }) => `${service} ${environment}`}
    />
  )
}
