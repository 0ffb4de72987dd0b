import type { ProblemAnswer } from '../../api/problem.ts'
import type { Explained } from '../../api/problem-why.ts'
import { countText, many, shareText } from '../format.ts'
import { Ago, Section, Text, Time } from '../parts/basics.tsx'
import { href } from '../state/router.ts'

interface BesideProps {
  readonly problem: ProblemAnswer
  readonly hit: Explained['hit']
}

/** In which releases it is, and who is hit. */
export function Beside({ problem, hit }: BesideProps) {
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

/** What is like it. */
export function Known({ problem }: { readonly problem: ProblemAnswer }) {
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
