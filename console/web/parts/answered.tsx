import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Answer } from '../state/answers.ts'
import { CopyButton, ErrorNote, Skeleton } from './basics.tsx'

interface AnsweredProps<T> {
  readonly answer: Answer<T>
  /** Lines of the skeleton. */
  readonly lines?: number
  readonly children: (data: T) => ComponentChildren
}

/** Draws what was answered; a skeleton before, words where it failed, and old data rather than none. */
export function Answered<T>({ answer, lines = 6, children }: AnsweredProps<T>) {
  return (
    <>
      {answer.error !== undefined && <ErrorNote words={answer.error} onRetry={answer.reload} />}
      {answer.data !== undefined && children(answer.data)}
      {answer.data === undefined && answer.error === undefined && <Skeleton lines={lines} />}
    </>
  )
}

interface PageProps<T> extends AnsweredProps<T> {
  readonly title: ComponentChildren
  /** Beside the title: buttons, mostly. */
  readonly aside?: ComponentChildren
}

/** A page whose content is one answer. */
export function Page<T>({ title, aside, answer, ...rest }: PageProps<T>) {
  return (
    <Frame title={title} aside={aside} sql={answer.sql} tookMs={answer.tookMs}>
      <Answered answer={answer} {...rest} />
    </Frame>
  )
}

/** The title, the content, and how all of it can be checked. */
export function Frame({
  title,
  aside,
  sql = [],
  tookMs,
  children,
}: {
  readonly title: ComponentChildren
  readonly aside?: ComponentChildren
  readonly sql?: readonly string[]
  readonly tookMs?: number | undefined
  readonly children: ComponentChildren
}) {
  const heading = useRef<HTMLHeadingElement>(null)
  // Whoever came here by the keyboard or hears the page goes on from its title.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  return (
    <main id="main">
      <header class="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {aside !== undefined && <div class="aside">{aside}</div>}
      </header>
      {children}
      {sql.length > 0 && <Sql sql={sql} tookMs={tookMs} />}
    </main>
  )
}

/** The statements behind what is shown: run them and see the same. */
export function Sql({ sql, tookMs }: { readonly sql: readonly string[]; readonly tookMs?: number | undefined }) {
  const text = sql.map(one => `${one.replace(/;$/, '')};`).join('\n\n')
  return (
    <details class="sql">
      <summary>
        Check it: {sql.length === 1 ? 'the statement' : `${sql.length} statements`} behind this page
        {tookMs !== undefined && <span class="unit"> · answered in {tookMs} ms</span>}
      </summary>
      <CopyButton text={text} label="Copy as SQL" />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard */}
      <pre tabIndex={0}>{text}</pre>
    </details>
  )
}
