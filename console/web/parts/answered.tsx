import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Answer, Question } from '../state/answers.ts'
import { trouble } from '../state/live.ts'
import { ErrorNote, Skeleton } from './basics.tsx'
import { Check } from './check.tsx'

interface AnsweredProps<T> {
  readonly answer: Answer<T>
  /** Lines of the skeleton. */
  readonly lines?: number
  /** What it is, where it can be checked apart from the rest of the page. */
  readonly check?: string
  readonly children: (data: T) => ComponentChildren
}

/**
 * Draws what was answered; a skeleton before, words where it failed, and old data rather than none. What the banner says
 * of the whole page is not said again here.
 */
export function Answered<T>({ answer, lines = 6, check, children }: AnsweredProps<T>) {
  const error = answer.isPassing && trouble.value !== undefined ? undefined : answer.error
  return (
    <>
      {error !== undefined && <ErrorNote words={error} onRetry={answer.reload} />}
      {answer.data !== undefined && children(answer.data)}
      {answer.data === undefined && error === undefined && <Skeleton lines={lines} />}
      {check !== undefined && answer.data !== undefined && answer.sql.length > 0 && (
        <Check sql={answer.sql} tookMs={answer.tookMs} question={answer.question} what={check} />
      )}
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
    <Frame title={title} aside={aside} sql={answer.sql} tookMs={answer.tookMs} question={answer.question}>
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
  question,
  children,
}: {
  readonly title: ComponentChildren
  readonly aside?: ComponentChildren
  readonly sql?: readonly string[]
  readonly tookMs?: number | undefined
  readonly question?: Question
  readonly children: ComponentChildren
}) {
  const heading = useRef<HTMLHeadingElement>(null)
  const main = useRef<HTMLElement>(null)
  // Whoever came here by the keyboard or hears the page goes on from its title, or from the field that took the focus.
  useLayoutEffect(() => {
    if (!main.current?.contains(document.activeElement)) heading.current?.focus({ preventScroll: true })
  }, [])
  return (
    <main id="main" ref={main}>
      <header class="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {aside !== undefined && <div class="aside">{aside}</div>}
      </header>
      {children}
      {sql.length > 0 && <Check sql={sql} tookMs={tookMs} {...(question === undefined ? {} : { question })} />}
    </main>
  )
}
