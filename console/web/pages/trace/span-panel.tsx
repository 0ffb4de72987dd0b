import type { TraceSpanAnswer } from '../../../api/trace.ts'
import { durationText, many, shareText } from '../../format.ts'
import { Answered } from '../../parts/answered.tsx'
import { Attributes } from '../../parts/attributes.tsx'
import { Badge, CopyButton, Severity, Text } from '../../parts/basics.tsx'
import { useAnswer } from '../../state/answers.ts'
import { href, setParams } from '../../state/router.ts'
import type { Layout } from './layout.ts'

interface PanelProps {
  readonly traceId: string
  readonly spanId: string
  readonly layout: Layout
}

/** All that was sent of a span, and the ways on from it. */
export function SpanPanel({ traceId, spanId, layout }: PanelProps) {
  const answer = useAnswer<TraceSpanAnswer>('trace-span', { trace: traceId, span: spanId })
  const node = layout.nodes.get(spanId)
  const logs = layout.logs.get(spanId) ?? []
  if (node === undefined) return null
  const { wire, durationMs, startMs } = node.span
  const waited = (layout.waited.get(spanId) ?? []).reduce((sum, [a, b]) => sum + b - a, 0)
  return (
    <aside class="section panel" aria-label="The span">
      <header>
        <h2>
          <Text max={200}>{wire.operation_name}</Text>
        </h2>
        <div class="aside">
          <CopyButton text={location.href} label="Copy link" />
          <button type="button" class="plain" aria-label="Close" onClick={() => setParams({ span: undefined })}>
            ✕
          </button>
        </div>
      </header>
      <div class="body">
        <p class="panel-facts">
          {wire.status === 'error' ? (
            <Badge tone="bad">failed</Badge>
          ) : (
            <Badge tone="good">{wire.status === 'ok' ? 'ok' : 'no error'}</Badge>
          )}
          <span>{durationText(durationMs)}</span>
          <span class="unit">{durationText(node.selfMs)} of it itself</span>
          <span class="unit">after {durationText(startMs)}</span>
          <span class="unit">{wire.kind}</span>
        </p>
        {waited > 0 && (
          <p class="unit">
            The trace waits {durationText(waited)} for it,{' '}
            {shareText(layout.totalMs === 0 ? 0 : waited / layout.totalMs)} of its time.
          </p>
        )}
        {wire.status === 'error' && (
          <p class="panel-error">
            <Text max={2_000}>
              {[wire.exception, wire.status_message].filter(Boolean).join(': ') || 'It says not why.'}
            </Text>
          </p>
        )}
        <p class="panel-links">
          <a href={href('service', { service: wire.service })}>
            <Text max={60}>{wire.service}</Text>
          </a>
          <a href={href('operation', { service: wire.service, operation: wire.operation_name })}>
            Many of this operation
          </a>
          {wire.fingerprint !== null && <a href={href('problem', { id: wire.fingerprint })}>The problem</a>}
        </p>
        {logs.length > 0 && (
          <>
            <h3>{many(logs.length, 'log line')}</h3>
            <ul class="panel-logs">
              {logs.slice(0, 50).map((log, i) => (
                <li key={i}>
                  <Severity level={log.level} /> <Text max={2_000}>{log.message}</Text>
                  {log.fingerprint !== null && (
                    <>
                      {' '}
                      <a href={href('problem', { id: log.fingerprint })}>pattern</a>
                    </>
                  )}
                </li>
              ))}
            </ul>
          </>
        )}
        <Answered answer={answer} lines={6} check="the span">
          {({ span }) => <Sent span={span} />}
        </Answered>
      </div>
    </aside>
  )
}

function Sent({ span }: { readonly span: TraceSpanAnswer['span'] }) {
  const events = Array.isArray(span.events) ? (span.events as Readonly<Record<string, unknown>>[]) : []
  const links = Array.isArray(span.links) ? (span.links as Readonly<Record<string, unknown>>[]) : []
  return (
    <>
      <h3>Attributes</h3>
      <Attributes values={recordOf(span.attributes)} />
      {events.map((event, i) => (
        <div key={i}>
          <h3>
            Event <Text max={120}>{event.name}</Text>
          </h3>
          <Attributes values={recordOf(event.attributes)} />
        </div>
      ))}
      {links.length > 0 && <h3>Linked traces</h3>}
      {links.map((link, i) => {
        const id = String(link.traceId ?? link.trace_id ?? '')
        return (
          <p key={i}>
            <a class="mono" href={href('trace', { id })}>
              {id}
            </a>
          </p>
        )
      })}
      <h3>Sent by</h3>
      <Attributes values={recordOf(span.resource)} />
    </>
  )
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
