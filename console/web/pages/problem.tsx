import './problem.css'
import type { ProblemAnswer } from '../../api/problem.ts'
import type { Explained, WhyAnswer } from '../../api/problem-why.ts'
import { countText, wholeText } from '../format.ts'
import { Answered, Page } from '../parts/answered.tsx'
import { Ago, Section, Text, Time } from '../parts/basics.tsx'
import { Chart } from '../parts/chart.tsx'
import { LookOn } from '../parts/look-on.tsx'
import { LatestReport } from '../parts/report.tsx'
import { Stack } from '../parts/stack.tsx'
import { useAnswer } from '../state/answers.ts'
import { rangeParams, zoomTo } from '../state/range.ts'
import { href, route } from '../state/router.ts'
import { TrendBadge } from './home.tsx'
import { ProblemActions } from './problem-actions.tsx'
import { Beside, Known } from './problem-beside.tsx'
import { KnownIssues } from './problem-issues.tsx'
import { Shared, Why } from './problem-why.tsx'
import { Samples } from './samples.tsx'

/** One problem: what it is, why it came, what its failures share, and where else it is known. */
export function Problem() {
  const id = route.value?.params.id ?? ''
  const answer = useAnswer<ProblemAnswer>('problem', { ...rangeParams(), id }, ['problems', 'groups'])
  const why = useAnswer<WhyAnswer>('problem-why', { ...rangeParams(), id }, ['problems'])
  const { data } = answer
  const explained = why.data?.explained
  return (
    <Page
      title={data === undefined ? 'Problem' : <Text max={300}>{data.template}</Text>}
      aside={data !== undefined && <ProblemActions problem={data} onDone={answer.reload} />}
      answer={answer}
    >
      {problem => (
        <>
          <Facts problem={problem} explained={explained} />
          <Answered answer={why} lines={4} check="why">
            {data =>
              data.explained === undefined ? (
                <NotHere id={id} problem={problem} />
              ) : (
                <Why id={id} explained={data.explained} />
              )
            }
          </Answered>
          <KnownIssues problem={problem} onDone={answer.reload} />
          <LatestReport fingerprint={id} />
          <Section title="Failures over time" aside={<Legend problem={problem} />}>
            <div class="body">
              <Chart
                label="Failures"
                times={problem.trend.map(({ at }) => +new Date(at))}
                series={[
                  { label: 'Failures', values: problem.trend.map(one => one.failures), color: '--bad', kind: 'bars' },
                ]}
                format={wholeText('failure')}
                marks={problem.changes.map(({ at, service, release, what }) => ({
                  at: +new Date(at),
                  label: `${service} ${release ?? what}`,
                }))}
                onZoom={zoomTo}
              />
            </div>
          </Section>
          {explained !== undefined && (
            <div class="two">
              <Shared explained={explained} />
              <Section title="Where it is thrown">
                <Stack errors={explained.stack} raw={explained.raw_stack} />
              </Section>
            </div>
          )}
          <Samples id={id} />
          <LookOn
            services={problem.services}
            operation={explained?.origin.operation}
            fingerprint={id}
            traceId={explained?.origin.trace_id}
          />
          <div class="two">
            <Beside problem={problem} hit={explained?.hit ?? []} />
            <Known problem={problem} />
          </div>
        </>
      )}
    </Page>
  )
}

const HALF_HOUR_MS = 1_800_000

function around(at: string): { readonly from: string; readonly to: string } {
  const middle = +new Date(at)
  return { from: new Date(middle - HALF_HOUR_MS).toISOString(), to: new Date(middle + HALF_HOUR_MS).toISOString() }
}

function Legend({ problem }: { readonly problem: ProblemAnswer }) {
  return (
    <span class="unit">
      {problem.changes.length > 0 ? 'dashed: releases and deploys; ' : ''}draw a range to look closer
    </span>
  )
}

function NotHere({ id, problem }: { readonly id: string; readonly problem: ProblemAnswer }) {
  return (
    <Section title="Why">
      <p class="body">
        Nothing of it is in this range. It was last seen <Ago at={problem.last_seen} />:{' '}
        <a href={href('problem', { id }, around(problem.last_seen))}>look at that hour</a>.
      </p>
    </Section>
  )
}

interface FactsProps {
  readonly problem: ProblemAnswer
  readonly explained: Explained | undefined
}

function Facts({ problem, explained }: FactsProps) {
  return (
    <div class="facts">
      {(explained !== undefined || problem.status !== 'open') && (
        <TrendBadge trend={explained?.trend ?? 'steady'} status={problem.status} />
      )}
      <span>
        <strong>
          <Text max={200}>{problem.services.join(', ')}</Text>
        </strong>
      </span>
      {explained !== undefined && (
        <span>
          <strong class="num">{countText(explained.failures)}</strong> failures in the range
        </span>
      )}
      <span>
        <strong class="num">{countText(problem.records_ever)}</strong> records ever
      </span>
      <span>
        first <Time at={problem.first_seen} />
        {problem.first_release !== undefined && (
          <>
            {' in '}
            <Text max={60}>{problem.first_release}</Text>
          </>
        )}
      </span>
      <span>
        last <Ago at={problem.last_seen} />
      </span>
      <span class="mono">{problem.fingerprint}</span>
    </div>
  )
}
