import './problem.css'
import type { Explained, ProblemAnswer, WhyAnswer } from '../../api/problem.ts'
import { countText, many, shareText } from '../format.ts'
import { Answered, Page } from '../parts/answered.tsx'
import { Bars } from '../parts/bars.tsx'
import { Ago, Section, Text, Time } from '../parts/basics.tsx'
import { ChangeWords } from '../parts/changes.tsx'
import { Chart } from '../parts/chart.tsx'
import { Feedback } from '../parts/feedback.tsx'
import { Hypotheses } from '../parts/hypotheses.tsx'
import { LatestReport } from '../parts/report.tsx'
import { Stack } from '../parts/stack.tsx'
import { useAnswer } from '../state/answers.ts'
import { rangeParams } from '../state/range.ts'
import { href, route, setParams } from '../state/router.ts'
import { TrendBadge } from './home.tsx'
import { ProblemActions } from './problem-actions.tsx'
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
          <Answered answer={why} lines={4}>
            {data =>
              data.explained === undefined ? (
                <NotHere id={id} problem={problem} />
              ) : (
                <Why id={id} explained={data.explained} />
              )
            }
          </Answered>
          <LatestReport fingerprint={id} />
          <Section title="Failures over time" aside={<Legend problem={problem} />}>
            <div class="body">
              <Chart
                label="Failures"
                times={problem.trend.map(({ at }) => +new Date(at))}
                series={[
                  { label: 'Failures', values: problem.trend.map(one => one.failures), color: '--bad', kind: 'bars' },
                ]}
                format={value => countText(value)}
                marks={problem.changes.map(({ at, service, release, what }) => ({
                  at: +new Date(at),
                  label: `${service} ${release ?? what}`,
                }))}
                onZoom={(from, to) =>
                  setParams(
                    { from: new Date(from).toISOString(), to: new Date(to).toISOString(), range: undefined },
                    { push: true },
                  )
                }
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

function Why({ id, explained }: { readonly id: string; readonly explained: Explained }) {
  const { origin, blamed, nearest, because } = explained
  return (
    <Section
      title="Why"
      aside={
        <Feedback
          about={`problem/${id}`}
          claim={blamed === undefined ? 'no change is to blame' : `${blamed.service} ${blamed.release ?? blamed.what}`}
        />
      }
    >
      <div class="body">
        <p class="verdict">
          {blamed === undefined ? (
            sentence(explained)
          ) : (
            <>
              The likely cause is a change of {<ChangeWords change={blamed} />} at <Time at={blamed.at} />.
            </>
          )}
        </p>
        <p>
          {explained.trend === 'new'
            ? 'It is new'
            : explained.trend === 'burst'
              ? 'It is far more frequent than it usually is'
              : 'It is as frequent as always'}
          {explained.trend !== 'steady' && (
            <>
              {': '}from <Time at={explained.onset} /> to <Time at={explained.end} />
              {explained.is_over ? ', and over' : ', and may go on'}
            </>
          )}
          . Thrown in{' '}
          <strong>
            <Text max={100}>{origin.service}</Text>
          </strong>
          {origin.operation !== undefined && (
            <>
              {' at '}
              <Text max={160}>{origin.operation}</Text>
            </>
          )}
          {origin.callers.length > 0 && (
            <>
              {', called by '}
              <Text max={160}>{origin.callers.join(', ')}</Text>
            </>
          )}
          .
        </p>
        {because.length > 0 && (
          <ul class="because">
            {[...new Set(because)].map(reason => (
              <li key={reason}>
                <Text max={400}>{reason}</Text>
              </li>
            ))}
          </ul>
        )}
        {nearest !== undefined && (
          <p class="unit">
            The last change before it, which is not to blame: <ChangeWords change={nearest} />, <Time at={nearest.at} />
            .
          </p>
        )}
      </div>
      {explained.trend !== 'steady' && (
        <Hypotheses
          about={`problem/${id}`}
          from={new Date(+new Date(explained.onset) - 60_000).toISOString()}
          to={explained.end}
          service={origin.service}
        />
      )}
    </Section>
  )
}

function sentence({ trend }: Explained): string {
  return trend === 'steady'
    ? 'This problem is as it always was: nothing about it is unusual in this range.'
    : 'No release, deploy or change of configuration is to blame.'
}

function Shared({ explained }: { readonly explained: Explained }) {
  const { shared } = explained
  return (
    <Section
      title="What the bad ones share"
      aside={shared !== undefined && <span class="unit">{many(shared.compared, 'attribute value')} compared</span>}
    >
      {shared === undefined || shared.rows.length === 0 ? (
        <p class="body unit">
          {shared === undefined
            ? 'There are too few failures, or too few good requests, to tell them apart.'
            : 'Nothing sets the failing requests apart from the good ones.'}
        </p>
      ) : (
        <>
          <p class="body unit">
            {countText(shared.first)} {shared.first_is} against {countText(shared.second)} {shared.second_is}.
          </p>
          <Bars rows={shared.rows} label="Attribute values that the failures share" />
        </>
      )}
    </Section>
  )
}

interface BesideProps {
  readonly problem: ProblemAnswer
  readonly hit: Explained['hit']
}

function Beside({ problem, hit }: BesideProps) {
  const total = problem.releases.reduce((sum, one) => sum + one.failures, 0)
  return (
    <div>
      <Section title="Releases">
        {problem.releases.length === 0 ? (
          <p class="body unit">No record of it in this range names a release.</p>
        ) : (
          <ul class="plain-list">
            {problem.releases.map(({ release, service, failures, first_at }) => (
              <li key={`${service} ${release}`}>
                <span>
                  <Text max={100}>{service}</Text>{' '}
                  <strong>
                    <Text max={100}>{release}</Text>
                  </strong>{' '}
                  <span class="unit">
                    from <Time at={first_at} />
                  </span>
                </span>
                <span class="num">
                  {many(failures, 'failure')} <span class="unit">{shareText(failures / Math.max(1, total))}</span>
                </span>
              </li>
            ))}
          </ul>
        )}
      </Section>
      <Section title="Who is hit">
        {hit.length === 0 ? (
          <p class="body unit">No record of it names a user, an order or the like.</p>
        ) : (
          <ul class="plain-list">
            {hit.map(({ entity, distinct, samples }) => (
              <li key={entity}>
                <span>
                  <Text max={100}>{entity}</Text>{' '}
                  <span class="unit mono">
                    <Text max={200}>{samples.slice(0, 4).join(', ')}</Text>
                  </span>
                </span>
                <span class="num">
                  {countText(distinct)} <span class="unit">distinct</span>
                </span>
              </li>
            ))}
          </ul>
        )}
      </Section>
    </div>
  )
}

function Known({ problem }: { readonly problem: ProblemAnswer }) {
  return (
    <div>
      <Section title="Similar problems" aside={<span class="unit">over production, CI and nodes</span>}>
        {problem.similar.length === 0 ? (
          <p class="body unit">Nothing that is known means the same.</p>
        ) : (
          <ul class="plain-list">
            {problem.similar.map(({ fingerprint, template, likeness, services, last_seen }) => (
              <li key={fingerprint}>
                <span>
                  <a href={href('problem', { id: fingerprint })}>
                    <Text max={160}>{template}</Text>
                  </a>{' '}
                  <span class="unit">
                    <Text max={100}>{services.join(', ')}</Text>, last <Ago at={last_seen} />
                  </span>
                </span>
                <span class="num unit">{likeness === undefined ? '' : `${shareText(likeness)} alike`}</span>
              </li>
            ))}
          </ul>
        )}
      </Section>
      {problem.group.length > 0 && (
        <Section title="In the same group">
          <ul class="plain-list">
            {problem.group.map(({ fingerprint, template, records }) => (
              <li key={fingerprint}>
                <a href={href('problem', { id: fingerprint })}>
                  <Text max={160}>{template}</Text>
                </a>
                <span class="num">{many(records, 'record')}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </div>
  )
}
