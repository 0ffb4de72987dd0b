import './incident/incident.css'
import './problem.css'
import type { Report, ReportsAnswer } from '../../api/reports.ts'
import { many } from '../format.ts'
import { Page } from '../parts/answered.tsx'
import { Section, Severity, Snippet, Text, Time, Timeline } from '../parts/basics.tsx'
import { LookOn } from '../parts/look-on.tsx'
import { ReportHypotheses } from '../parts/report.tsx'
import { useAnswer } from '../state/answers.ts'
import { route } from '../state/router.ts'

/** What was found out by itself when something was noticed. */
export function ReportPage() {
  const answer = useAnswer<ReportsAnswer>('reports', { id: route.value?.params.id }, ['incidents'])
  const report = answer.data?.reports[0]
  return (
    <Page title={report === undefined ? 'Report' : <Text max={300}>{report.title}</Text>} answer={answer}>
      {() =>
        report !== undefined && (
          <>
            <div class="facts">
              <Severity level={report.severity} />
              <span>
                <Text max={100}>{report.service}</Text> · <Text max={100}>{report.environment}</Text>
              </span>
              <span>
                from <Time at={report.window_from} /> to <Time at={report.window_to} />
              </span>
              {report.entities_hit !== undefined && (
                <span>{many(report.entities_hit, 'user or request', 'users or requests')} hit</span>
              )}
            </div>
            <Section title="Where it begins">
              <ReportHypotheses report={report} />
            </Section>
            <LookOn
              services={[...new Set([report.service, ...report.hypotheses.map(({ name }) => name)])].filter(
                isService(report),
              )}
              fingerprint={report.fingerprint}
              incidentId={report.incident_id}
              traceId={report.hypotheses[0]?.path.findLast(({ trace_id }) => trace_id !== undefined)?.trace_id}
              range={{ from: report.window_from, to: report.window_to }}
            />
            {report.timeline.length > 0 && (
              <Section title="What happened before">
                <Timeline entries={report.timeline} />
              </Section>
            )}
            <Snippet label="As text" text={report.text} />
          </>
        )
      }
    </Page>
  )
}

/** A hypothesis may name a host or a dependency, of which there is no page. */
const isService =
  ({ service, hypotheses }: Report) =>
  (name: string) =>
    name === service || hypotheses.some(one => one.name === name && one.operation !== undefined)
