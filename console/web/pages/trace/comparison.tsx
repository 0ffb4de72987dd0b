import type { ComparedCall } from '../../../../analysis/trace/compare.ts'
import type { TraceComparison } from '../../../api/trace.ts'
import { durationText, many } from '../../format.ts'
import { Answered } from '../../parts/answered.tsx'
import { Badge, Empty, Section, Text, Time } from '../../parts/basics.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { useAnswer } from '../../state/answers.ts'
import { href } from '../../state/router.ts'

/** This trace beside one of the same operation that went as usual. */
export function Comparison({ traceId }: { readonly traceId: string }) {
  const answer = useAnswer<TraceComparison>('trace-comparison', { trace: traceId })
  return (
    <Answered answer={answer} lines={8} check="the comparison">
      {data =>
        data.good === undefined ? (
          <Section title="Against a good one">
            <Empty title="There is no good one to compare with">
              <p>Of {many(data.sampled, 'request')} of this operation within three hours, none other went well.</p>
            </Empty>
          </Section>
        ) : (
          <>
            <Section title="What differs">
              <div class="body">
                <p>
                  This one took <strong>{durationText(data.durationMs)}</strong>;{' '}
                  <a href={href('trace', { id: data.good.traceId })}>a usual one</a> of <Time at={data.good.at} /> took{' '}
                  <strong>{durationText(data.good.durationMs)}</strong>, the median of those that went well among{' '}
                  {many(data.sampled, 'sampled request')}.
                </p>
                {data.differs.length === 0 ? (
                  <p class="unit">No call of it failed or took notably longer.</p>
                ) : (
                  <ul class="differs">
                    {data.differs.slice(0, 6).map(call => (
                      <li key={call.key}>
                        <Text max={120}>{`${call.service} ${call.operation}`}</Text>
                        {': '}
                        {wordsOf(call)}
                      </li>
                    ))}
                  </ul>
                )}
              </div>
            </Section>
            <Section title="Call by call" aside={<span class="unit">own time: without the calls that it makes</span>}>
              <Calls calls={data.calls} />
            </Section>
          </>
        )
      }
    </Answered>
  )
}

function wordsOf({ here, there, selfDifferenceMs }: ComparedCall): string {
  const words: string[] = []
  const [errors, others] = [here?.errors ?? 0, there?.errors ?? 0]
  if (errors > others) words.push(`${many(errors, 'failure')} here, ${others === 0 ? 'none' : others} there`)
  if (here !== undefined && there === undefined) words.push('only here')
  else if (here !== undefined && there !== undefined && here.spans !== there.spans)
    words.push(`${many(here.spans, 'call')} here, ${there.spans} there`)
  if (selfDifferenceMs > 0) words.push(`${durationText(selfDifferenceMs)} longer of its own`)
  return words.join(', ')
}

const MOST_ROWS = 400
/** Less is written as 0 µs. */
const NOTHING_MS = 0.000_005

function Calls({ calls }: { readonly calls: readonly ComparedCall[] }) {
  return (
    <Table
      label="Calls of both traces"
      columns={columnsOf(calls)}
      rows={calls.slice(0, MOST_ROWS)}
      keyOf={({ key }) => key}
    />
  )
}

function columnsOf(calls: readonly ComparedCall[]): readonly Column<ComparedCall>[] {
  const most = Math.max(1e-6, ...calls.map(({ selfDifferenceMs }) => Math.abs(selfDifferenceMs)))
  const times = (name: 'here' | 'there', title: string): Column<ComparedCall> => ({
    ...{ name, title, isNumber: true, isMinor: true },
    cell: call => (call[name] === undefined ? '–' : `${call[name].spans} ×`),
  })
  const own = (name: 'here' | 'there', title: string): Column<ComparedCall> => ({
    ...{ name: `own-${name}`, title, isNumber: true },
    cell: call => (call[name] === undefined ? '–' : durationText(call[name].selfMs)),
  })
  return [
    { name: 'call', title: 'Call', cell: call => <Call call={call} /> },
    times('here', 'Here'),
    own('here', 'Own time here'),
    times('there', 'There'),
    own('there', 'Own time there'),
    {
      name: 'difference',
      title: 'Difference',
      cell: ({ selfDifferenceMs }) => (
        <span class="difference">
          <span
            class={`difference-bar ${selfDifferenceMs > 0 ? 'bad' : 'good'}`}
            style={{ width: `${(100 * Math.abs(selfDifferenceMs)) / most}px` }}
          />
          <span class="num">
            {Math.abs(selfDifferenceMs) < NOTHING_MS ? '' : selfDifferenceMs > 0 ? '+' : '−'}
            {durationText(Math.abs(selfDifferenceMs))}
          </span>
        </span>
      ),
    },
  ]
}

function Call({ call: { depth, service, operation, here, there } }: { readonly call: ComparedCall }) {
  return (
    <div style={{ paddingLeft: `${Math.min(depth, 14) * 12}px` }}>
      <span class="unit">
        <Text max={60}>{service}</Text>
      </span>{' '}
      <Text max={120}>{operation}</Text> {(here?.errors ?? 0) > 0 && <Badge tone="bad">failed</Badge>}
      {here === undefined && <Badge>only there</Badge>}
      {there === undefined && <Badge tone="warn">only here</Badge>}
    </div>
  )
}
