import './incident/incident.css'
import type { AnomalyAnswer } from '../../api/anomaly.ts'
import { Page } from '../parts/answered.tsx'
import { Section, Severity, Text, Time } from '../parts/basics.tsx'
import { LookOn } from '../parts/look-on.tsx'
import { useAnswer } from '../state/answers.ts'
import { route } from '../state/router.ts'

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
          <LookOn
            services={[data.service, ...(data.callee === undefined ? [] : [data.callee])]}
            operation={data.operation}
            fingerprint={data.fingerprint}
            incidentId={data.incident_id}
            range={around(data)}
          />
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
