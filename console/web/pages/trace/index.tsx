import './trace.css'
import { useMemo } from 'preact/hooks'
import type { TraceAnswer } from '../../../api/trace.ts'
import { countText, durationText, many } from '../../format.ts'
import { Page } from '../../parts/answered.tsx'
import { Badge, CopyButton, Text, Time } from '../../parts/basics.tsx'
import { useAnswer } from '../../state/answers.ts'
import { href, param, route, setParams } from '../../state/router.ts'
import { Comparison } from './comparison.tsx'
import { type Layout, layoutOf } from './layout.ts'
import { Waterfall } from './waterfall.tsx'

/** One request across all services: where its time went, what failed first, what was logged, and how a good one differs. */
export function Trace() {
  const id = route.value?.params.id ?? ''
  const answer = useAnswer<TraceAnswer>('trace', { id })
  const layout = useMemo(() => (answer.data === undefined ? undefined : layoutOf(answer.data)), [answer.data])
  const root = layout?.trees[0]?.span.wire
  return (
    <Page
      title={root === undefined ? 'Trace' : <Text max={200}>{`${root.service} ${root.operation_name}`}</Text>}
      aside={<CopyButton text={location.href} label="Copy link" />}
      answer={answer}
      lines={12}
    >
      {data => (layout === undefined ? null : <Whole data={data} layout={layout} />)}
    </Page>
  )
}

const VIEWS = [
  ['waterfall', 'Waterfall'],
  ['compare', 'Against a good one'],
] as const

function Whole({ data, layout }: { readonly data: TraceAnswer; readonly layout: Layout }) {
  const view = param('view') ?? 'waterfall'
  const root = layout.trees[0]?.span.wire
  return (
    <>
      <Facts data={data} layout={layout} />
      <nav class="tabs" aria-label="Views of the trace">
        {VIEWS.map(([name, label]) => (
          <button
            key={name}
            type="button"
            class="plain"
            aria-pressed={view === name}
            onClick={() => setParams({ view: name === 'waterfall' ? undefined : name }, { push: true })}
          >
            {label}
          </button>
        ))}
        {root !== undefined && (
          <a href={href('operation', { service: root.service, operation: root.operation_name })}>
            Many of this operation
          </a>
        )}
        <a href={href('search', {}, { q: `trace:${data.trace_id}`, ...around(data, layout) })}>
          Its logs and spans in search
        </a>
      </nav>
      {view === 'compare' ? (
        <Comparison traceId={data.trace_id} />
      ) : (
        <Waterfall traceId={data.trace_id} layout={layout} />
      )}
    </>
  )
}

const AROUND_MS = 600_000

/** A range that holds the trace, for pages that look at a time. */
function around({ started }: TraceAnswer, { totalMs }: Layout): { readonly from: string; readonly to: string } {
  const at = Date.parse(started)
  return { from: new Date(at - AROUND_MS).toISOString(), to: new Date(at + totalMs + AROUND_MS).toISOString() }
}

function Facts({ data, layout }: { readonly data: TraceAnswer; readonly layout: Layout }) {
  const { cause } = layout
  return (
    <div class="trace-facts">
      <span>
        <Time at={data.started} />
      </span>
      <strong>{durationText(layout.totalMs)}</strong>
      <span>{many(data.spans.length, 'span')}</span>
      <span>{many(layout.services.length, 'service')}</span>
      <span>{many(data.logs.length, 'log line')}</span>
      {layout.errors > 0 ? (
        <Badge tone="bad">{many(layout.errors, 'error')}</Badge>
      ) : (
        <Badge tone="good">no error</Badge>
      )}
      <span class="mono unit">{data.trace_id}</span>
      {cause !== undefined && (
        <p class="trace-cause">
          It began with{' '}
          <button
            type="button"
            class="plain link"
            onClick={() => setParams({ span: cause.span.spanId, view: undefined })}
          >
            <Text max={120}>{`${cause.span.wire.service} ${cause.span.wire.operation_name}`}</Text>
          </button>
          {': '}
          <Text max={200}>{cause.span.wire.exception ?? cause.span.wire.status_message ?? 'failed'}</Text>
          {cause.span.wire.fingerprint !== null && (
            <>
              {' · '}
              <a href={href('problem', { id: cause.span.wire.fingerprint })}>the problem</a>
            </>
          )}
        </p>
      )}
      {data.spans.length >= 20_000 && (
        <p class="unit">Of a longer trace the first {countText(20_000)} spans are shown.</p>
      )}
    </div>
  )
}
