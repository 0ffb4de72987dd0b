import type { SamplesAnswer } from '../../api/problem-samples.ts'
import { many } from '../format.ts'
import { Answered } from '../parts/answered.tsx'
import { Section, Text, Time } from '../parts/basics.tsx'
import { Stack } from '../parts/stack.tsx'
import { useAnswer } from '../state/answers.ts'
import { useKeys } from '../state/keys.ts'
import { rangeParams } from '../state/range.ts'
import { href, param, setParam } from '../state/router.ts'

/** The records of a problem one by one, the newest first. */
export function Samples({ id }: { readonly id: string }) {
  const answer = useAnswer<SamplesAnswer>('problem-samples', { ...rangeParams(), id })
  const count = answer.data?.samples.length ?? 0
  const at = Math.min(Math.max(0, Number(param('sample') ?? 1) - 1), Math.max(0, count - 1))
  const step = (by: number) => setParam('sample', String(Math.min(count, Math.max(1, at + 1 + by))))
  useKeys({
    j: { words: 'the next sample of the problem', run: () => step(1) },
    k: { words: 'the sample before', run: () => step(-1) },
  })
  return (
    <Section title="Samples">
      <Answered answer={answer} lines={4} check="the samples">
        {({ samples }) => {
          const sample = samples[at]
          if (sample === undefined) return <p class="body unit">No record of it is in this range.</p>
          return (
            <>
              <div class="sample-bar">
                <button type="button" class="small" disabled={at === 0} onClick={() => step(-1)}>
                  Newer
                </button>
                <button type="button" class="small" disabled={at >= count - 1} onClick={() => step(1)}>
                  Older
                </button>
                <span class="unit num">
                  {at + 1} of the newest {many(count, 'record')}
                </span>
                <Time at={sample.timestamp} />
                <span>
                  <Text max={100}>{sample.service}</Text>{' '}
                  {sample.release !== undefined && (
                    <span class="unit">
                      <Text max={60}>{sample.release}</Text>
                    </span>
                  )}
                </span>
                <span class="unit">
                  from <Text max={40}>{sample.source.replaceAll('_', ' ')}</Text>
                </span>
                {sample.user_id !== undefined && (
                  <span class="unit">
                    user <Text max={80}>{sample.user_id}</Text>
                  </span>
                )}
                {sample.trace_id !== undefined && (
                  <a class="mono" href={href('trace', { id: sample.trace_id })}>
                    trace <Text max={12}>{sample.trace_id}</Text>
                  </a>
                )}
              </div>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard */}
              <div class="sample-message" tabIndex={0}>
                <Text max={4_000}>{sample.message}</Text>
                {sample.error_message !== undefined && (
                  <div class="unit">
                    <Text max={4_000}>{sample.error_message}</Text>
                  </div>
                )}
              </div>
              {sample.raw_stack !== undefined && (
                <details>
                  <summary class="body">The stack of this one</summary>
                  <Stack errors={sample.stack} raw={sample.raw_stack} />
                </details>
              )}
            </>
          )
        }}
      </Answered>
    </Section>
  )
}
