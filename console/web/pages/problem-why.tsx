import type { Explained } from '../../api/problem-why.ts'
import { countText, many } from '../format.ts'
import { Bars } from '../parts/bars.tsx'
import { Section, Text, Time } from '../parts/basics.tsx'
import { ChangeWords } from '../parts/changes.tsx'
import { Feedback } from '../parts/feedback.tsx'
import { Hypotheses } from '../parts/hypotheses.tsx'

/** Why it came: the change to blame or none, and what speaks for it. */
export function Why({ id, explained }: { readonly id: string; readonly explained: Explained }) {
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

/** What sets the failing requests apart. */
export function Shared({ explained }: { readonly explained: Explained }) {
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
