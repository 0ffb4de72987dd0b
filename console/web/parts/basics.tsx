import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import {
  beginning,
  bytesText,
  countText,
  durationText,
  lengthText,
  shareText,
  timeText,
  visibleText,
  wholeTimeText,
} from '../format.ts'
import { zone } from '../state/preferences.ts'

type At = string | number | Date

/** A time in the zone that was chosen; the whole of it on hover. */
export function Time({ at }: { readonly at: At }) {
  const date = new Date(at)
  if (Number.isNaN(+date)) return <span>–</span>
  return (
    <time dateTime={date.toISOString()} title={wholeTimeText(date, zone.value)}>
      {timeText(date, zone.value, new Date())}
    </time>
  )
}

/** `4 min ago`, and it goes on counting. */
export function Ago({ at }: { readonly at: At }) {
  const now = useNow()
  const date = new Date(at)
  return (
    <time dateTime={date.toISOString()} title={wholeTimeText(date, zone.value)}>
      {lengthText(now - +date)} ago
    </time>
  )
}

/** The time, some seconds exact. */
export function useNow(everyMs = 5_000): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}

export function Duration({ ms }: { readonly ms: number | undefined }) {
  return <span class="num">{ms === undefined ? '–' : durationText(ms)}</span>
}

/** A number with what it counts. */
export function Num({ value, unit }: { readonly value: number | undefined; readonly unit: string }) {
  return (
    <span class="num">
      {value === undefined ? '–' : countText(value)} <span class="unit">{unit}</span>
    </span>
  )
}

/** A whole number whose unit stands in the heading of its column. */
export function Counted({ value, unit }: { readonly value: number | undefined; readonly unit: string }) {
  return (
    <span class="num" data-unit={unit}>
      {value === undefined ? '–' : value.toLocaleString('en')}
    </span>
  )
}

export function Share({ value }: { readonly value: number | undefined }) {
  return <span class="num">{value === undefined ? '–' : shareText(value)}</span>
}

export function Bytes({ value }: { readonly value: number | undefined }) {
  return <span class="num">{value === undefined ? '–' : bytesText(value)}</span>
}

/** What senders wrote: nothing in it can be anything but text, and nothing in it can hide. */
export function Text({ children, max = 2_000 }: { readonly children: unknown; readonly max?: number }) {
  return <bdi class="foreign">{visibleText(beginning(String(children ?? ''), max))}</bdi>
}

export type Tone = 'bad' | 'warn' | 'good' | 'info' | 'quiet'

const SHAPES: Readonly<Record<Tone, string>> = { bad: '▲', warn: '◆', good: '●', info: '■', quiet: '○' }

/** A state, told by word and shape as well as by colour. */
export function Badge({ tone = 'quiet', children }: { readonly tone?: Tone; readonly children: ComponentChildren }) {
  return (
    <span class={`badge ${tone}`}>
      <span aria-hidden="true" class="shape">
        {SHAPES[tone]}
      </span>
      {children}
    </span>
  )
}

const SEVERITIES: Readonly<Record<string, Tone>> = {
  critical: 'bad',
  fatal: 'bad',
  high: 'bad',
  error: 'bad',
  medium: 'warn',
  warn: 'warn',
  warning: 'warn',
  low: 'info',
  info: 'info',
}

export function Severity({ level }: { readonly level: string }) {
  return <Badge tone={SEVERITIES[level.toLowerCase()] ?? 'quiet'}>{level.toLowerCase()}</Badge>
}

export function Section({
  title,
  aside,
  children,
  id,
}: {
  readonly title: ComponentChildren
  readonly aside?: ComponentChildren
  readonly children: ComponentChildren
  readonly id?: string
}) {
  return (
    <section class="section" id={id}>
      <header>
        <h2>{title}</h2>
        {aside !== undefined && <div class="aside">{aside}</div>}
      </header>
      {children}
    </section>
  )
}

/** Copies a text, and says that it did. */
export function CopyButton({ text, label = 'Copy' }: { readonly text: string; readonly label?: string }) {
  const [said, setSaid] = useState<string>()
  useEffect(() => {
    if (said === undefined) return
    const timer = setTimeout(() => setSaid(undefined), 2_000)
    return () => clearTimeout(timer)
  }, [said])
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('The browser did not let us copy'),
    )
  return (
    <button type="button" class="small" onClick={() => void copy()}>
      <span role="status">{said ?? label}</span>
    </button>
  )
}

/** Nothing to see, why, and what to do about it. */
export function Empty({
  title,
  children,
  tone = 'quiet',
}: {
  readonly title: string
  readonly children?: ComponentChildren
  readonly tone?: Tone
}) {
  return (
    <div class={`empty ${tone}`}>
      <p class="empty-title">{title}</p>
      {children}
    </div>
  )
}

export function ErrorNote({ words, onRetry }: { readonly words: string; readonly onRetry?: () => void }) {
  return (
    <div class="error-note" role="alert">
      <span aria-hidden="true">▲</span>
      <span>{words}</span>
      {onRetry !== undefined && (
        <button type="button" class="small" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}

/** The shape of what is to come. */
export function Skeleton({ lines = 3 }: { readonly lines?: number }) {
  return (
    <div class="skeleton" aria-busy="true">
      <span class="hidden">Loading</span>
      {Array.from({ length: lines }, (_, i) => (
        <div key={i} class={`bone bone-${i % 4}`} />
      ))}
    </div>
  )
}

/** Text in a box that keeps its form, with a button that copies it. */
export function Snippet({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <figure class="snippet">
      <figcaption>
        {label}
        <CopyButton text={text} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard */}
      <pre tabIndex={0}>{visibleText(text)}</pre>
    </figure>
  )
}

/** What happened, in order. */
export function Timeline({ entries }: { readonly entries: readonly { readonly at: string; readonly text: string }[] }) {
  return (
    <ol class="timeline">
      {entries.map(({ at, text }) => (
        <li key={`${at} ${text}`}>
          <Time at={at} />
          <Text max={600}>{text}</Text>
        </li>
      ))}
    </ol>
  )
}
