import { withFilter } from '../../../../analysis/record-query/edit.ts'
import type { RecordCountsAnswer } from '../../../api/search.ts'
import { many, shareText } from '../../format.ts'
import { Badge, Empty, Section, Severity, Text } from '../../parts/basics.tsx'
import { Spark } from '../../parts/chart.tsx'
import { href } from '../../state/router.ts'

type Pattern = RecordCountsAnswer['patterns'][number]

/** Records by what they say without their variable parts: how many, how they went, and whether that is new. */
export function Patterns({
  counts,
  q,
  onAsk,
}: {
  readonly counts: RecordCountsAnswer
  readonly q: string
  readonly onAsk: (text: string) => void
}) {
  const { patterns, total } = counts
  // Where nothing at all was before, nothing is new.
  const hasBefore = patterns.some(({ before = 0 }) => before > 0)
  if (patterns.length === 0)
    return (
      <Empty title="No pattern in this range">Patterns are told from log lines and failures as they are stored.</Empty>
    )
  return (
    <Section
      title="Patterns"
      aside={<span class="unit">the {patterns.length} most frequent; &lt;…&gt; stands for what varies</span>}
    >
      <ul class="patterns">
        {patterns.map(pattern => (
          <li key={pattern.fingerprint}>
            <Spark
              values={pattern.trend}
              label={`${many(pattern.count, 'record')} over the range`}
              tone={pattern.level === 'error' || pattern.level === 'fatal' ? 'bad' : 'info'}
            />
            <span class="pattern-count num">
              {many(pattern.count, 'record')} <span class="unit">{shareText(pattern.count / Math.max(1, total))}</span>
            </span>
            <div>
              <Severity level={pattern.level} /> {hasBefore && <Change pattern={pattern} />}
              <button
                type="button"
                class="plain link pattern-text"
                onClick={() => onAsk(withFilter(q, 'problem', pattern.fingerprint))}
              >
                <Text max={400}>{pattern.template || 'without a template yet'}</Text>
              </button>
              <p class="unit">
                <Text max={160}>{pattern.services.join(', ')}</Text> ·{' '}
                <a href={href('problem', { id: pattern.fingerprint })}>as a problem</a>
              </p>
            </div>
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** Against a range as long right before. */
function Change({ pattern: { before, count } }: { readonly pattern: Pattern }) {
  if (before === undefined) return null
  if (before === 0) return <Badge tone="warn">not in the range before</Badge>
  const factor = count / before
  if (factor >= 2) return <Badge tone="warn">{Number(factor.toPrecision(2))} × the range before</Badge>
  if (factor <= 0.5) return <Badge>{Number((1 / factor).toPrecision(2))} × fewer than before</Badge>
  return null
}
