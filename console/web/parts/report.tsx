import { useState } from 'preact/hooks'
import type { Report, ReportHypothesis, ReportProse, ReportsAnswer } from '../../api/reports.ts'
import { act } from '../state/actions.ts'
import { useAnswer } from '../state/answers.ts'
import { mayChange } from '../state/person.ts'
import { href } from '../state/router.ts'
import { Section, Text, Time } from './basics.tsx'
import { HypothesisHead } from './hypothesis-head.tsx'

/** The latest report of an incident or a problem, where there is one. */
export function LatestReport(asked: { readonly incident?: string; readonly fingerprint?: string }) {
  const answer = useAnswer<ReportsAnswer>('reports', asked, ['incidents', 'problems'])
  const [latest, ...earlier] = answer.data?.reports ?? []
  if (latest === undefined) return null
  return (
    <Section
      title={<a href={href('report', { id: latest.id })}>Report</a>}
      aside={
        <span class="unit">
          <Time at={latest.triggered_at} />
          {earlier.length > 0 && `, ${earlier.length} before it`}
        </span>
      }
    >
      <ReportHypotheses report={latest} />
    </Section>
  )
}

/** What a report holds for the cause, with what people said of it. */
export function ReportHypotheses({ report }: { readonly report: Report }) {
  return (
    <>
      {report.prose !== undefined && <Prose prose={report.prose} />}
      {report.hypotheses.length === 0 && <p class="body unit">Nothing was found that deviates.</p>}
      <ol>
        {report.hypotheses.map(one => (
          <li key={one.place}>
            <Hypothesis hypothesis={one} />
          </li>
        ))}
      </ol>
      {report.notes.length > 0 && (
        <ul class="body unit">
          {report.notes.map(note => (
            <li key={note}>
              <Text max={400}>{note}</Text>
            </li>
          ))}
        </ul>
      )}
      <ReportFeedback report={report} />
    </>
  )
}

/** What a model wrote, with the evidence that it names: it was checked, and people can check it again. */
function Prose({ prose: { model, words, note, evidence } }: { readonly prose: ReportProse }) {
  if (words === undefined) {
    return (
      <p class="body unit">
        <Text max={500}>{note}</Text>
      </p>
    )
  }
  return (
    <div class="body">
      <p class="verdict">
        <Text max={3_000}>{words}</Text>
      </p>
      <details class="unit">
        <summary>
          In the words of <Text max={100}>{model}</Text>; each id and number is one of this evidence
        </summary>
        <ul>
          {evidence.map(({ ref, text }) => (
            <li key={ref}>
              [{ref}] <Text max={400}>{text}</Text>
            </li>
          ))}
        </ul>
      </details>
    </div>
  )
}

function Hypothesis({ hypothesis }: { readonly hypothesis: ReportHypothesis }) {
  const { release, commit, exception, where, fingerprint } = hypothesis
  const trace = hypothesis.path.findLast(({ trace_id }) => trace_id !== undefined)
  return (
    <article class="hypothesis">
      <HypothesisHead {...hypothesis} />
      {release !== undefined && (
        <p>
          after release{' '}
          <strong>
            <Text max={80}>{release}</Text>
          </strong>{' '}
          <span class="mono unit">
            <Text max={12}>{commit ?? ''}</Text>
          </span>
        </p>
      )}
      {exception !== undefined && (
        <p>
          thrown:{' '}
          {fingerprint === undefined ? (
            <Text max={200}>{exception}</Text>
          ) : (
            <a href={href('problem', { id: fingerprint })}>
              <Text max={200}>{exception}</Text>
            </a>
          )}
          {where !== undefined && (
            <span class="unit">
              {' '}
              <Text max={200}>{where}</Text>
            </span>
          )}
        </p>
      )}
      <ul class="because">
        {[...new Set(hypothesis.because)].map(reason => (
          <li key={reason}>
            <Text max={400}>{reason}</Text>
          </li>
        ))}
        {hypothesis.against.map(reason => (
          <li key={reason} class="unit">
            against it: <Text max={400}>{reason}</Text>
          </li>
        ))}
        <li class="unit">
          to confirm: <Text max={400}>{hypothesis.confirm}</Text>
        </li>
      </ul>
      {hypothesis.path.length > 0 && (
        <p class="unit">
          the way there: <Text max={600}>{hypothesis.path.map(({ text }) => text).join(' → ')}</Text>{' '}
          {trace?.trace_id !== undefined && <a href={href('trace', { id: trace.trace_id })}>a trace that shows it</a>}
        </p>
      )}
    </article>
  )
}

function ReportFeedback({ report }: { readonly report: Report }) {
  const [said, setSaid] = useState<string>()
  const say = async (verdict: 'right' | 'wrong' | 'other', place?: number) => {
    const error = await act('report-feedback', {
      report: report.id,
      verdict,
      ...(place === undefined ? {} : { place }),
    })
    setSaid(error ?? 'Noted: what evidence counts is learnt from it.')
  }
  return (
    <div class="body report-feedback">
      {report.feedback.map(({ by, verdict, place, cause }) => (
        <p key={by} class="unit">
          <Text max={60}>{by}</Text>:{' '}
          {verdict === 'other' && place !== undefined ? `number ${place} was right` : verdict}
          {cause !== undefined && (
            <>
              {', '}
              <Text max={300}>{cause}</Text>
            </>
          )}
        </p>
      ))}
      {said !== undefined && <p role="status">{said}</p>}
      {said === undefined && mayChange() && report.hypotheses.length > 0 && (
        <p class="feedback">
          <span class="unit">Was the first one right?</span>
          <button type="button" class="small" onClick={() => void say('right')}>
            Yes
          </button>
          {report.hypotheses.slice(1).map(({ place }) => (
            <button key={place} type="button" class="small" onClick={() => void say('other', place)}>
              No, number {place}
            </button>
          ))}
          <button type="button" class="small" onClick={() => void say('wrong')}>
            None of them
          </button>
        </p>
      )}
    </div>
  )
}
