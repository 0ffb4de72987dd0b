import './incident.css'
import type { AnomalyAnswer } from '../../api/anomaly.ts'
import { Page } from '../parts/answered.tsx'
import { Section, Severity, Text, Time } from '../parts/basics.tsx'
import { useAnswer } from '../state/answers.ts'
import { href, route } from '../state/router.ts'

const AROUND_MS = 1_800_000

/** What was unusual, from when to when, and where to look on. */
export function Anomaly() {
  const answer = useAnswer<AnomalyAnswer>('anomaly', { id: route.value?.params.id }, ['incidents'])
  const one = answer.data
  return (
    <Page title={one === undefined ? 'Anomaly' : <Text max={300}>{one.description}</Text>} answer={answer}>
      {data => (
        <>
          <div class="facts">
            <Severity level={data.severity} />
            <span>
              <Text max={100}>{data.service}</Text> · <Text max={100}>{data.environment}</Text>
            </span>
            <span>
              since <Time at={data.started_at} />
              {data.ended_at === undefined ? ', goes on' : <>, until {<Time at={data.ended_at} />}</>}
            </span>
            <span>
              worst at <Time at={data.peak_at} />
            </span>
            {data.acknowledged_by !== undefined && (
              <span>
                taken by <Text max={100}>{data.acknowledged_by}</Text>
                {data.acknowledged_why !== undefined && (
                  <>
                    : <Text max={300}>{data.acknowledged_why}</Text>
                  </>
                )}
              </span>
            )}
          </div>
          <Section title="Look on">
            <ul class="list">
              {data.incident_id !== undefined && (
                <li>
                  <a href={href('incident', { id: data.incident_id })}>The incident that it is part of</a>
                </li>
              )}
              {data.fingerprint !== undefined && (
                <li>
                  <a href={href('problem', { id: data.fingerprint }, around(data))}>
                    The problem whose records these are
                  </a>
                </li>
              )}
              {data.operation !== undefined && (
                <li>
                  <a href={href('operation', { service: data.service, operation: data.operation }, around(data))}>
                    Traces of the operation at that time
                  </a>
                </li>
              )}
              <li>
                <a href={href('service', { service: data.service }, around(data))}>The service at that time</a>
              </li>
              {data.callee !== undefined && (
                <li>
                  <a href={href('service', { service: data.callee }, around(data))}>
                    Whom it calls: <Text max={100}>{data.callee}</Text>
                  </a>
                </li>
              )}
            </ul>
          </Section>
          {data.shared !== undefined && (
            <Section title="What the bad requests share">
              <p class="body">
                <Text max={600}>{data.shared}</Text>
              </p>
            </Section>
          )}
          {data.changed_before.length > 0 && (
            <Section title="What was changed before">
              <ul class="list">
                {data.changed_before.map(text => (
                  <li key={text}>
                    <Text max={300}>{text}</Text>
                  </li>
                ))}
              </ul>
            </Section>
          )}
        </>
      )}
    </Page>
  )
}

function around({ started_at, ended_at }: AnomalyAnswer): { readonly from: string; readonly to: string } {
  const end = ended_at === undefined ? Date.now() : Date.parse(ended_at)
  return {
    from: new Date(Date.parse(started_at) - AROUND_MS).toISOString(),
    to: new Date(Math.min(Date.now(), end + AROUND_MS)).toISOString(),
  }
}
