import './incident.css'
import '../problem.css'
import '../services.css'
import { useMemo } from 'preact/hooks'
import type { IncidentAnswer } from '../../../api/incident.ts'
import type { ServicesAnswer } from '../../../api/services.ts'
import { lengthText, many } from '../../format.ts'
import { Answered, Page } from '../../parts/answered.tsx'
import { Asking } from '../../parts/asking.tsx'
import { Badge, Section, Severity, Text, Time } from '../../parts/basics.tsx'
import { Hypotheses } from '../../parts/hypotheses.tsx'
import { LookOn } from '../../parts/look-on.tsx'
import { LatestReport } from '../../parts/report.tsx'
import { useAnswer } from '../../state/answers.ts'
import { href, route } from '../../state/router.ts'
import { MapOfServices } from '../service-map/index.tsx'
import { IncidentActions } from './actions.tsx'
import { Members, WhatHappened } from './members.tsx'
import { MINUTE_MS, rangeOf } from './range.ts'

/** One incident: what belongs to it, since when, what changed before, who has it. */
export function Incident() {
  const id = route.value?.params.id ?? ''
  const answer = useAnswer<IncidentAnswer>('incident', { id }, ['incidents', 'silences'])
  const { data } = answer
  return (
    <Page
      title={data === undefined ? 'Incident' : <Text max={300}>{data.title}</Text>}
      aside={data !== undefined && <IncidentActions incident={data} onDone={answer.reload} />}
      answer={answer}
    >
      {incident => (
        <>
          <Facts incident={incident} />
          <Section title="What is known">
            <div class="body">
              {incident.shared !== undefined && (
                <p class="verdict">
                  <Text>{incident.shared}</Text>
                </p>
              )}
              <p>
                It begins at{' '}
                <strong>
                  <Text max={100}>{incident.service}</Text>
                </strong>
                {incident.operation !== undefined && (
                  <>
                    {', operation '}
                    <Text max={160}>{incident.operation}</Text>
                  </>
                )}
                {incident.dependency !== undefined && (
                  <>
                    {', calling '}
                    <Text max={160}>{incident.dependency}</Text>
                  </>
                )}
                .{' '}
                {incident.fingerprint !== undefined && (
                  <a href={href('problem', { id: incident.fingerprint }, rangeOf(incident))}>The problem behind it</a>
                )}
              </p>
              {incident.changed_before.length > 0 && (
                <ul class="because">
                  {incident.changed_before.map(change => (
                    <li key={change}>
                      changed before it: <Text max={300}>{change}</Text>
                    </li>
                  ))}
                </ul>
              )}
            </div>
            <Hypotheses
              about={`incident/${incident.id}`}
              from={before(incident.began_at)}
              to={incident.resolved_at ?? incident.active_at}
            />
          </Section>
          <LatestReport incident={incident.id} />
          <div class="two">
            <WhatHappened incident={incident} />
            <div>
              <Told incident={incident} />
              <Silences incident={incident} />
            </div>
          </div>
          <Place incident={incident} />
          <Members incident={incident} />
          <AskAbout incident={incident} />
          <LookOn
            services={[...new Set([incident.service, ...incident.members.map(({ service }) => service)])]}
            operation={incident.operation}
            fingerprint={incident.fingerprint}
            range={rangeOf(incident)}
          />
        </>
      )}
    </Page>
  )
}

function before(at: string): string {
  return new Date(+new Date(at) - MINUTE_MS).toISOString()
}

function Facts({ incident }: { readonly incident: IncidentAnswer }) {
  const { state, began_at, resolved_at, acknowledged_by, acknowledged_why, acknowledged_at } = incident
  return (
    <div class="facts">
      <Severity level={incident.severity} />
      {state === 'resolved' ? (
        <Badge tone="good">
          resolved
          {incident.resolved_by !== undefined && (
            <>
              {' '}
              by <Text max={60}>{incident.resolved_by}</Text>
            </>
          )}
        </Badge>
      ) : (
        <Badge tone={state === 'open' ? 'bad' : 'info'}>{state}</Badge>
      )}
      <span>
        since <Time at={began_at} />, {state === 'resolved' ? 'lasted' : 'for'}{' '}
        <strong>{lengthText(+new Date(resolved_at ?? Date.now()) - +new Date(began_at))}</strong>
      </span>
      <span>
        <strong>
          <Text max={100}>{incident.environment}</Text>
        </strong>
      </span>
      {incident.entities_hit !== undefined && (
        <span>
          <strong>{many(incident.entities_hit, 'user or request', 'users or requests')}</strong> hit
        </span>
      )}
      {incident.owner !== undefined && (
        <span>
          owner <Text max={100}>{incident.owner}</Text>
        </span>
      )}
      {acknowledged_by === undefined ? (
        <span>nobody has taken it</span>
      ) : (
        <span>
          taken by{' '}
          <strong>
            <Text max={60}>{acknowledged_by}</Text>
          </strong>
          {acknowledged_at !== undefined && (
            <>
              {' at '}
              <Time at={acknowledged_at} />
            </>
          )}
          {acknowledged_why !== undefined && (
            <>
              {': '}
              <Text max={300}>{acknowledged_why}</Text>
            </>
          )}
        </span>
      )}
    </div>
  )
}

function Told({ incident }: { readonly incident: IncidentAnswer }) {
  return (
    <Section title="Who was told">
      {incident.told.length === 0 ? (
        <p class="body unit">Nobody: no destination is configured for it (docs/alerting.md).</p>
      ) : (
        <ul class="plain-list">
          {incident.told.map(({ destination, state, at }) => (
            <li key={`${destination} ${at}`}>
              <Text max={100}>{destination}</Text>
              <span class="unit">
                {state} {at !== '' && <Time at={at} />}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

function Silences({ incident }: { readonly incident: IncidentAnswer }) {
  if (incident.silences.length === 0) return null
  return (
    <Section title="Silences that hold now">
      <ul class="plain-list">
        {incident.silences.map(({ id, matchers, ends_at, created_by, reason }) => (
          <li key={id}>
            <span>
              <span class="mono">
                <Text max={200}>{matchers.join(' ')}</Text>
              </span>{' '}
              <span class="unit">
                <Text max={60}>{created_by}</Text>: <Text max={200}>{reason}</Text>
              </span>
            </span>
            <span class="unit">
              until <Time at={ends_at} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** Its members among those who call them and whom they call, at the time of the incident. */
function Place({ incident }: { readonly incident: IncidentAnswer }) {
  const { from, to } = rangeOf(incident)
  // To the minute: a time that moves with the clock would be another question each time.
  const asked = { from: minuteOf(from), to: minuteOf(to), env: incident.environment }
  const answer = useAnswer<ServicesAnswer>('services', asked)
  const words = [...incident.members].reverse().map(({ service, role }): [string, string] => [service, role])
  const key = JSON.stringify([...words, [incident.service, 'origin']])
  const marked = useMemo(() => new Map(JSON.parse(key) as [string, string][]), [key]) // as it was written
  return (
    <Section
      title="On the map"
      aside={<span class="unit">members are framed; beside them who calls them, and whom they call</span>}
    >
      <Answered answer={answer} lines={4} check="the map">
        {data =>
          data.map.nodes.some(({ name }) => marked.has(name)) ? (
            <MapOfServices answer={data} marked={marked} />
          ) : (
            <p class="body unit">No call to or from its members was counted in that time.</p>
          )
        }
      </Answered>
    </Section>
  )
}

const minuteOf = (at: string) => new Date(Math.floor(+new Date(at) / MINUTE_MS) * MINUTE_MS).toISOString()

/** Questions and answers in place: "it" is the incident, and its time is meant. */
function AskAbout({
  incident: { id, environment, service, fingerprint, ...times },
}: {
  readonly incident: IncidentAnswer
}) {
  const suggestions = [
    ...(fingerprint === undefined ? [] : ['Why?', 'Who is hit?']),
    `What is wrong with ${service}?`,
    'What changed?',
    `How is ${service} doing?`,
  ]
  return (
    <Section title="Ask about it">
      <div class="body">
        <Asking subject={{ ...rangeOf(times), env: environment, incident: id }} suggestions={suggestions} />
      </div>
    </Section>
  )
}
