import type { HypothesesAnswer, HypothesisShown } from '../../api/hypotheses.ts'
import { lengthText, shareText } from '../format.ts'
import { useAnswer } from '../state/answers.ts'
import { href, param } from '../state/router.ts'
import { Answered } from './answered.tsx'
import { Text, Time } from './basics.tsx'
import { ChangeWords } from './changes.tsx'
import { Feedback } from './feedback.tsx'
import { HypothesisHead } from './hypothesis-head.tsx'

interface HypothesesProps {
  /** What they are about: `incident/ID` or `problem/ID`. */
  readonly about: string
  readonly from: string
  readonly to: string
  readonly service?: string
}

/** Where the trouble of these minutes begins, the likeliest first, with what speaks for it and against it. */
export function Hypotheses({ about, from, to, service }: HypothesesProps) {
  const answer = useAnswer<HypothesesAnswer>('hypotheses', { from, to, env: param('env'), service })
  return (
    <details class="hypotheses" open={answer.data !== undefined && answer.data.hypotheses.length > 0}>
      <summary class="body">
        Where the trouble begins, from spans, logs and signals{' '}
        <span class="unit">
          {answer.data === undefined
            ? ''
            : answer.data.hypotheses.length === 0
              ? '– nothing deviates'
              : `– ${answer.data.hypotheses[0]!.name}, ${shareText(answer.data.hypotheses[0]!.confidence)} sure`}
        </span>
      </summary>
      <Answered answer={answer} lines={3} check="these">
        {data =>
          data.hypotheses.length === 0 ? (
            <p class="body unit">
              Nothing in the {lengthText(+new Date(data.to) - +new Date(data.from))} from <Time at={data.from} /> is
              otherwise than in the minutes before them.
            </p>
          ) : (
            <ol>
              {data.hypotheses.map((one, i) => (
                <li key={one.key}>
                  <Hypothesis about={about} hypothesis={one} place={i + 1} />
                </li>
              ))}
            </ol>
          )
        }
      </Answered>
    </details>
  )
}

function Hypothesis({
  about,
  hypothesis,
  place,
}: {
  readonly about: string
  readonly hypothesis: HypothesisShown
  readonly place: number
}) {
  const { change, because, against, confirm, path } = hypothesis
  const last = path.at(-1)
  return (
    <article class="hypothesis">
      <HypothesisHead {...hypothesis} place={place}>
        <Feedback about={about} claim={hypothesis.key} />
      </HypothesisHead>
      {change !== undefined && (
        <p>
          after <ChangeWords change={change} />, <Time at={change.at} />
        </p>
      )}
      <ul class="because">
        {[...new Set(because)].map(reason => (
          <li key={reason}>
            <Text max={400}>{reason}</Text>
          </li>
        ))}
        {against.map(reason => (
          <li key={reason} class="unit">
            against it: <Text max={400}>{reason}</Text>
          </li>
        ))}
        <li class="unit">
          to confirm: <Text max={400}>{confirm}</Text>
        </li>
      </ul>
      {last !== undefined && (
        <p class="unit">
          the way there:{' '}
          <Text max={400}>{path.map(({ service, operation }) => `${service} ${operation}`).join(' → ')}</Text>{' '}
          <a href={href('trace', { id: last.trace_id })}>a trace that shows it</a>
        </p>
      )}
    </article>
  )
}
