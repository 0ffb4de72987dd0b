import './home.css'
import type { ChangesAnswer } from '../../api/changes.ts'
import type { HomeAnswer, HomeIncident } from '../../api/home.ts'
import type { ProblemSummary, ProblemsAnswer } from '../../api/problems.ts'
import type { ServicesNowAnswer } from '../../api/services-now.ts'
import { HOME_PROBLEMS } from '../../first-questions.ts'
import { countText, lengthText, many } from '../format.ts'
import { Answered, Page } from '../parts/answered.tsx'
import { Ago, Badge, Section, Severity, Text, Time } from '../parts/basics.tsx'
import { Changes } from '../parts/changes.tsx'
import { Spark } from '../parts/chart.tsx'
import { ServiceTable } from '../parts/service-table.tsx'
import { type Answer, useAnswer } from '../state/answers.ts'
import { rangeParams } from '../state/range.ts'
import { href } from '../state/router.ts'
import { Welcome } from './welcome.tsx'

/** What is broken now, since when, who is hit, and what changed before. */
export function Home() {
  const answer = useAnswer<HomeAnswer>('home', rangeParams(), ['incidents', 'silences', 'records'])
  // All at once: none waits for another.
  const problems = useAnswer<ProblemsAnswer>('problems', { ...rangeParams(), limit: HOME_PROBLEMS }, ['problems'])
  const services = useAnswer<ServicesNowAnswer>('services-now', rangeParams(), ['records'])
  const changes = useAnswer<ChangesAnswer>('changes', rangeParams(), ['problems'])
  const isEmpty = answer.data?.isEmpty === true
  return (
    <Page title={isEmpty ? 'Nothing has come in yet' : 'Now'} answer={answer}>
      {data =>
        data.isEmpty ? (
          <Welcome />
        ) : (
          <>
            <Incidents incidents={data.incidents} />
            <Problems answer={problems} />
            <Services answer={services} />
            <Changed answer={changes} />
            <Sources sources={data.sources} />
          </>
        )
      }
    </Page>
  )
}

function Services({ answer }: { readonly answer: Answer<ServicesNowAnswer> }) {
  return (
    <Section
      title="Services"
      aside={
        <>
          <span class="unit">those that fail more than they usually do first</span>{' '}
          <a href={href('services')}>who calls whom</a>
        </>
      }
    >
      <Answered answer={answer} lines={4} check="the services">
        {({ services, from, to }) => <ServiceTable services={services} from={from} to={to} />}
      </Answered>
    </Section>
  )
}

function Changed({ answer }: { readonly answer: Answer<ChangesAnswer> }) {
  return (
    <Section
      title="What changed"
      aside={
        answer.data !== undefined && (
          <>
            <span class="unit">{many(answer.data.changes.length, 'change')} in this range</span>{' '}
            <a href={href('deploys')}>before and after each</a>
          </>
        )
      }
    >
      <Answered answer={answer} lines={3} check="the changes">
        {({ changes, from, to }) => <Changes changes={changes} from={from} to={to} />}
      </Answered>
    </Section>
  )
}

function Incidents({ incidents }: { readonly incidents: readonly HomeIncident[] }) {
  const open = incidents.filter(({ state }) => state !== 'resolved')
  const over = incidents.filter(({ state }) => state === 'resolved')
  return (
    <Section
      title={open.length === 0 ? 'Incidents' : many(open.length, 'open incident')}
      aside={over.length > 0 && <span class="unit">{over.length} resolved in this range</span>}
    >
      {open.length === 0 && (
        <p class="home-calm">
          <span class="tick" aria-hidden="true">
            ✓
          </span>
          No incident is open.
        </p>
      )}
      {[...open, ...over].map(incident => (
        <IncidentRow key={incident.id} incident={incident} />
      ))}
    </Section>
  )
}

function IncidentRow({ incident }: { readonly incident: HomeIncident }) {
  const { state, severity, began_at, resolved_at } = incident
  return (
    <article class={`incident-row ${state}`}>
      <div>{state === 'resolved' ? <Badge tone="good">resolved</Badge> : <Severity level={severity} />}</div>
      <div>
        <a class="row-title" href={href('incident', { id: incident.id })}>
          <Text max={300}>{incident.title}</Text>
        </a>
        <div class="row-facts">
          <span>
            since <Time at={began_at} /> ({lengthText(+new Date(resolved_at ?? Date.now()) - +new Date(began_at))})
          </span>
          <span>
            <a href={href('service', { service: incident.service })}>
              <Text>{incident.service}</Text>
            </a>{' '}
            · <Text>{incident.environment}</Text>
          </span>
          {incident.entities_hit !== undefined && (
            <span>{many(incident.entities_hit, 'user or request', 'users or requests')} hit</span>
          )}
          <span>{many(incident.members, 'finding')}</span>
        </div>
        {incident.shared !== undefined && (
          <p>
            <Text>{incident.shared}</Text>
          </p>
        )}
        {incident.changed_before.slice(0, 2).map(change => (
          <p key={change} class="unit">
            before it: <Text max={300}>{change}</Text>
          </p>
        ))}
      </div>
      <div>
        {incident.acknowledged_by === undefined ? (
          state !== 'resolved' && <Badge tone="bad">nobody has taken it</Badge>
        ) : (
          <Badge tone="info">
            taken by <Text max={60}>{incident.acknowledged_by}</Text>
          </Badge>
        )}
      </div>
    </article>
  )
}

function Problems({ answer }: { readonly answer: Answer<ProblemsAnswer> }) {
  return (
    <Section title="Problems" aside={<span class="unit">new and back first; what is as always last</span>}>
      <Answered answer={answer} lines={4} check="the problems">
        {({ problems }) => <ProblemRows problems={problems} />}
      </Answered>
    </Section>
  )
}

const STEADY_SHOWN = 4

export function ProblemRows({ problems }: { readonly problems: readonly ProblemSummary[] }) {
  const isNotable = ({ trend, status }: ProblemSummary) => trend !== 'steady' || status === 'regressed'
  const notable = problems.filter(isNotable)
  const steady = problems.filter(one => !isNotable(one))
  const names = new Map(problems.map(({ fingerprint, template }) => [fingerprint, template]))
  if (problems.length === 0) return <p class="home-calm">Nothing has failed in this range.</p>
  return (
    <>
      {notable.length === 0 && (
        <p class="home-calm">
          <span class="tick" aria-hidden="true">
            ✓
          </span>
          No problem is new, and none is more frequent than it usually is.
        </p>
      )}
      {notable.map(one => (
        <ProblemRow key={one.fingerprint} problem={one} names={names} />
      ))}
      {steady.slice(0, STEADY_SHOWN).map(one => (
        <ProblemRow key={one.fingerprint} problem={one} names={names} />
      ))}
      {steady.length > STEADY_SHOWN && (
        <details>
          <summary class="body">{many(steady.length - STEADY_SHOWN, 'more problem')} as frequent as always</summary>
          {steady.slice(STEADY_SHOWN).map(one => (
            <ProblemRow key={one.fingerprint} problem={one} names={names} />
          ))}
        </details>
      )}
    </>
  )
}

interface ProblemRowProps {
  readonly problem: ProblemSummary
  /** Of problems by their fingerprints. */
  readonly names: ReadonlyMap<string, string>
}

function ProblemRow({ problem, names }: ProblemRowProps) {
  const { trend, status, failures, services, onset, last_at, is_over } = problem
  return (
    <article class="problem-row">
      <div>
        <TrendBadge trend={trend} status={status} />
      </div>
      <div>
        <a class="row-title" href={href('problem', { id: problem.fingerprint })}>
          <Text max={200}>{problem.template}</Text>
        </a>
        <div class="row-facts">
          <a class="num" href={href('search', {}, { q: `problem:${problem.fingerprint}` })}>
            {many(failures, 'failure')}
          </a>
          <span>
            <Text max={120}>{services.join(', ')}</Text>
          </span>
          {trend !== 'steady' && (
            <span>
              since <Time at={onset} />
            </span>
          )}
          <span>
            last <Ago at={last_at} />
            {is_over && trend !== 'steady' ? ', and over' : ''}
          </span>
          {problem.symptom_of.length > 0 && (
            <span>
              follows from{' '}
              <a href={href('problem', { id: problem.symptom_of[0]! })}>
                <Text max={60}>{names.get(problem.symptom_of[0]!) ?? 'another problem'}</Text>
              </a>
            </span>
          )}
        </div>
      </div>
      <Spark
        values={quarter(problem.parts)}
        label={`${countText(failures)} failures over the range`}
        tone={trend === 'steady' ? 'quiet' : 'bad'}
      />
    </article>
  )
}

/** Fewer and wider bars, so that each can be seen. */
function quarter(parts: readonly number[]): number[] {
  return Array.from({ length: Math.ceil(parts.length / 3) }, (_, i) =>
    parts.slice(3 * i, 3 * i + 3).reduce((sum, one) => sum + one, 0),
  )
}

export function TrendBadge({ trend, status }: Pick<ProblemSummary, 'trend' | 'status'>) {
  if (status === 'regressed') return <Badge tone="bad">is back</Badge>
  if (status === 'resolved') return <Badge tone="good">resolved</Badge>
  if (trend === 'new') return <Badge tone="bad">new</Badge>
  if (trend === 'burst') return <Badge tone="warn">more often</Badge>
  return <Badge>as always</Badge>
}

function Sources({ sources }: Pick<HomeAnswer, 'sources'>) {
  return (
    <Section
      title="Receiving"
      aside={
        <>
          <span class="unit">the last of each source, and what came in an hour</span>{' '}
          <a href={href('books')}>all books</a>
        </>
      }
    >
      {sources.length === 0 ? (
        <p class="home-calm">Nothing has come in for a day.</p>
      ) : (
        <ul class="sources">
          {sources.map(({ receiver, signal, last_at, records }) => (
            <li key={`${receiver} ${signal}`}>
              <span>
                <strong>{receiver}</strong> {signal}
              </span>
              <span class="unit num">
                {many(records, 'record')} · <Ago at={last_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
