import { useState } from 'preact/hooks'
import type { StackError, StackFrame } from '../../api/stack-frames.ts'
import { many } from '../format.ts'
import { CopyButton, Text } from './basics.tsx'

interface StackProps {
  readonly errors: readonly StackError[]
  /** As it came. */
  readonly raw?: string | undefined
}

/** A stack with the frames of the application in front: the first cause first, frames of libraries folded. */
export function Stack({ errors, raw }: StackProps) {
  const [isRaw, setRaw] = useState(false)
  if (raw === undefined && errors.length === 0) return <p class="body unit">No stack came with it.</p>
  return (
    <div class="stack">
      <div class="stack-tools">
        {errors.length > 0 && raw !== undefined && (
          <button type="button" class="small" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
            {isRaw ? 'In order of cause' : 'As it came'}
          </button>
        )}
        {raw !== undefined && <CopyButton text={raw} />}
      </div>
      {isRaw || errors.length === 0 ? (
        <pre class="body">
          <Text max={20_000}>{raw}</Text>
        </pre>
      ) : (
        errors
          .toReversed()
          .map((error, i) => (
            <ErrorOfChain key={`${error.type} ${error.message}`} error={error} place={i} count={errors.length} />
          ))
      )}
    </div>
  )
}

function ErrorOfChain({
  error,
  place,
  count,
}: {
  readonly error: StackError
  readonly place: number
  readonly count: number
}) {
  const own = error.frames.filter(({ isOwn }) => isOwn)
  const others = error.frames.filter(({ isOwn }) => !isOwn)
  return (
    <section>
      <h3>
        {count > 1 && <span class="unit">{place === 0 ? 'first cause: ' : 'which became '}</span>}
        <Text max={200}>{error.type || 'Error'}</Text>
        {error.message !== '' && (
          <>
            {': '}
            <Text max={600}>{error.message}</Text>
          </>
        )}
      </h3>
      <Frames frames={own} />
      {own.length === 0 && error.frames.length > 0 && <p class="unit">No frame of it is the application’s own.</p>}
      {others.length > 0 && (
        <details>
          <summary class="unit">{many(others.length, 'frame')} of libraries</summary>
          <Frames frames={others} />
        </details>
      )}
    </section>
  )
}

function Frames({ frames }: { readonly frames: readonly StackFrame[] }) {
  return (
    <ol>
      {frames.map(({ name, file, line, isOwn }, i) => (
        <li key={`${i} ${file}:${line}`} class={isOwn ? 'own' : ''}>
          <strong>
            <Text max={200}>{name || '(no name)'}</Text>
          </strong>{' '}
          <span class="unit">
            <Text max={300}>{line === 0 ? file : `${file}:${line}`}</Text>
          </span>
        </li>
      ))}
    </ol>
  )
}
