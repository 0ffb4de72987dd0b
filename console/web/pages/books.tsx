import './slos.css'
import './services.css'
import type { BooksAnswer } from '../../api/books.ts'
import { bytesText, durationText, lengthText, many, wholeText } from '../format.ts'
import { Page } from '../parts/answered.tsx'
import { Ago, Badge, Empty, Section, Text } from '../parts/basics.tsx'
import { Chart } from '../parts/chart.tsx'
import { type Column, countColumn, Table } from '../parts/table.tsx'
import { number, type Row, text } from '../row.ts'
import { useAnswer } from '../state/answers.ts'

const count = (name: string, title: string, counts: string, isMinor = false) =>
  countColumn<Row>(name, title, counts, row => number(row, name), isMinor)

const ACCOUNTS = (last: BooksAnswer['last']): readonly Column<Row>[] => [
  {
    name: 'receiver',
    title: 'Receiver',
    by: row => text(row, 'receiver'),
    cell: row => <Text max={60}>{row.receiver}</Text>,
  },
  { name: 'signal', title: 'Signal', cell: row => <Text max={30}>{row.signal}</Text> },
  count('accepted', 'Accepted', 'records'),
  count('stored', '= stored', 'records'),
  count('deduplicated', '+ deduplicated', 'records', true),
  count('dropped', '+ dropped', 'records', true),
  count('rejected', 'Rejected', 'records', true),
  {
    name: 'unaccounted',
    title: 'Balance',
    cell: row =>
      number(row, 'unaccounted') === 0 ? (
        <Badge tone="good">to the record</Badge>
      ) : (
        <Badge tone="bad">{many(number(row, 'unaccounted'), 'record')} unaccounted for</Badge>
      ),
  },
  {
    name: 'last',
    title: 'Last request',
    isMinor: true,
    cell: row => {
      const found = last.find(one => one.receiver === row.receiver && one.signal === row.signal)
      return found === undefined ? (
        <span class="unit">more than a day ago</span>
      ) : (
        <Ago at={text(found, 'received_at')} />
      )
    },
  },
]

const LATE_FACTOR = 5
const LATE_MIN_S = 300

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A job is late where it is behind by several of its turns; one of whole hours or days waits for their end. */
function isLate(row: Row): boolean {
  const at = Date.parse(text(row, 'watermark'))
  const unit_ms = at % DAY_MS === 0 ? DAY_MS : at % HOUR_MS === 0 ? HOUR_MS : 0
  const allowed_s = Math.max(LATE_MIN_S, (LATE_FACTOR * number(row, 'every_ms')) / 1000)
  return number(row, 'lag_s') - unit_ms / 1000 > allowed_s
}

const JOBS: readonly Column<Row>[] = [
  { name: 'job', title: 'Job', by: row => text(row, 'job'), cell: row => <Text max={60}>{row.job}</Text> },
  {
    name: 'state',
    title: 'State',
    cell: row => {
      const hasFailed =
        row.failed_at !== undefined &&
        (row.succeeded_at === undefined || text(row, 'failed_at') > text(row, 'succeeded_at'))
      if (hasFailed) return <Badge tone="bad">failed</Badge>
      return isLate(row) ? <Badge tone="warn">behind</Badge> : <Badge tone="good">on time</Badge>
    },
  },
  {
    name: 'lag',
    title: 'Behind by',
    isNumber: true,
    by: row => number(row, 'lag_s'),
    cell: row => (row.lag_s === undefined ? '–' : lengthText(number(row, 'lag_s') * 1000)),
  },
  {
    name: 'every',
    title: 'Every',
    isNumber: true,
    isMinor: true,
    cell: row => (number(row, 'every_ms') === 0 ? '–' : lengthText(number(row, 'every_ms'))),
  },
  {
    name: 'took',
    title: 'Took',
    isNumber: true,
    isMinor: true,
    by: row => number(row, 'duration_ms'),
    cell: row => (row.duration_ms === undefined ? '–' : durationText(number(row, 'duration_ms'))),
  },
  count('runs', 'Runs', 'runs', true),
  count('failures', 'Failures', 'failures', true),
  { name: 'why', title: 'Last failure', isMinor: true, cell: row => <Text max={160}>{row.failure}</Text> },
]

const TABLES: readonly Column<Row>[] = [
  { name: 'table', title: 'Table', by: row => text(row, 'table'), cell: row => <Text max={60}>{row.table}</Text> },
  {
    name: 'bytes',
    title: 'On the disk',
    isNumber: true,
    by: row => number(row, 'bytes'),
    cell: row => <span class="num">{bytesText(number(row, 'bytes'))}</span>,
  },
  count('rows', 'About', 'rows'),
  count('parts', 'Parts', 'parts', true),
]

/** Sensorium itself: what came in and where it is, what waits, what runs late, what it takes. */
export function Books() {
  const answer = useAnswer<BooksAnswer>('books', {}, ['records'])
  return (
    <Page title="Sensorium itself" answer={answer} lines={12}>
      {data => (
        <>
          <Section
            title="Books"
            aside={<span class="unit">accepted = stored + deduplicated + dropped, since the first record</span>}
          >
            {data.accounts.length === 0 ? (
              <Empty title="Nothing was received yet">
                The pages Search and Services say how to send the first record.
              </Empty>
            ) : (
              <Table
                label="Books"
                columns={ACCOUNTS(data.last)}
                rows={data.accounts}
                keyOf={row => `${text(row, 'receiver')} ${text(row, 'signal')}`}
              />
            )}
          </Section>
          <Stored hours={data.hours} />
          {data.reasons.length + data.deadLetters.length > 0 && <LeftOut data={data} />}
          <Section title="What waits">
            <ul class="list">
              {data.waiting.map(row => (
                <li key={text(row, 'what')}>
                  <span>{text(row, 'what')}</span>
                  <span class="unit">
                    {number(row, 'records') === 0 ? 'none' : many(number(row, 'records'), 'record')}
                    {row.oldest !== undefined && number(row, 'records') > 0 && (
                      <>
                        , the oldest <Ago at={text(row, 'oldest')} />
                      </>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          </Section>
          <Section
            title="Jobs"
            aside={
              <span class="unit">
                {data.jobs.filter(isLate).length === 0
                  ? 'all on time'
                  : many(data.jobs.filter(isLate).length, 'job is behind', 'jobs are behind')}
              </span>
            }
          >
            <Table label="Jobs" name="sort-job" columns={JOBS} rows={data.jobs} keyOf={row => text(row, 'job')} />
          </Section>
          <Section
            title="Storage"
            aside={
              <span class="unit">
                {bytesText(data.tables.reduce((sum, row) => sum + number(row, 'bytes'), 0))} in all
              </span>
            }
          >
            <Table
              label="Storage"
              name="sort-table"
              columns={TABLES}
              rows={data.tables.slice(0, 20)}
              keyOf={row => text(row, 'table')}
            />
          </Section>
        </>
      )}
    </Page>
  )
}

function Stored({ hours }: { readonly hours: BooksAnswer['hours'] }) {
  if (hours.length === 0) return null
  const last = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
  const times = Array.from({ length: 24 }, (_, i) => last - (23 - i) * HOUR_MS)
  const signals = [...new Set(hours.map(row => text(row, 'signal')))]
  const of = (signal: string) =>
    times.map(time =>
      number(hours.find(row => row.signal === signal && Date.parse(text(row, 'bucket')) === time) ?? {}, 'records'),
    )
  return (
    <Section title="Records stored by the hour">
      <div class="body">
        <Chart
          label="Records stored by the hour"
          times={times}
          format={wholeText('record')}
          height={150}
          series={signals.map(signal => ({ label: signal, values: of(signal) }))}
        />
      </div>
    </Section>
  )
}

function LeftOut({ data: { reasons, deadLetters } }: { readonly data: BooksAnswer }) {
  return (
    <Section title="Left out, and why">
      <ul class="list">
        {reasons.map((row, i) => (
          <li key={i}>
            <Badge tone={row.outcome === 'rejected' ? 'warn' : 'quiet'}>{text(row, 'outcome')}</Badge>
            <span>
              <Text max={60}>{row.receiver}</Text> <Text max={30}>{row.signal}</Text>:{' '}
              <Text max={120}>{row.reason}</Text>
            </span>
            <span class="unit">{many(number(row, 'records'), 'record')}</span>
          </li>
        ))}
        {deadLetters.map((row, i) => (
          <li key={`dead ${i}`}>
            <Badge tone="warn">set aside</Badge>
            <span>
              <Text max={60}>{row.reason}</Text>: <Text max={240}>{row.message}</Text>
            </span>
            <span class="unit">
              {many(number(row, 'records'), 'record')}, last <Ago at={text(row, 'last')} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}
