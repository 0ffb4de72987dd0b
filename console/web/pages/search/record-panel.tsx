import { withFilter } from '../../../../analysis/record-query/edit.ts'
import type { RecordAnswer } from '../../../api/search.ts'
import { durationText } from '../../format.ts'
import { Answered } from '../../parts/answered.tsx'
import { Attributes } from '../../parts/attributes.tsx'
import { CopyButton, Severity, Text, Time } from '../../parts/basics.tsx'
import { useAnswer } from '../../state/answers.ts'
import { href, param, setParams } from '../../state/router.ts'

type Row = RecordAnswer['record']

/** A record with all that was sent, and the ways on from it. */
export function RecordPanel({ q, onAsk }: { readonly q: string; readonly onAsk: (text: string) => void }) {
  const [kind = '', at = '', ref = ''] = (param('record') ?? '').split('~')
  const answer = useAnswer<RecordAnswer>('record', { kind, at, ref })
  return (
    <aside class="section panel" aria-label="The record">
      <header>
        <h2>{kind}</h2>
        <div class="aside">
          <CopyButton text={location.href} label="Copy link" />
          <button type="button" class="plain" aria-label="Close" onClick={() => setParams({ record: undefined })}>
            ✕
          </button>
        </div>
      </header>
      <div class="body">
        <Answered answer={answer} lines={8} check="the record">
          {({ record }) => <Whole record={record} q={q} onAsk={onAsk} />}
        </Answered>
      </div>
    </aside>
  )
}

const FILTERS = [
  ['service', 'service'],
  ['environment', 'env'],
  ['request_id', 'request'],
  ['user_id', 'user'],
  ['deal_id', 'deal_id'],
  ['node_id', 'node'],
  ['release', 'release'],
  ['error_type', 'error'],
  ['name', 'operation'],
] as const

function Whole({
  record,
  q,
  onAsk,
}: {
  readonly record: Row
  readonly q: string
  readonly onAsk: (text: string) => void
}) {
  const text = (key: string) => (record[key] === undefined ? undefined : String(record[key]))
  const [traceId, spanId, fingerprint] = [text('trace_id'), text('span_id'), text('fingerprint')]
  const more = objectOf(record.more)
  const { error_stack: stack, events, ...others } = more
  return (
    <>
      <p class="panel-facts">
        <Severity level={text('level') ?? 'info'} /> <Time at={text('timestamp') ?? ''} />
        {record.duration_ms !== undefined && <span>{durationText(Number(record.duration_ms))}</span>}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard */}
      <p class="record-whole" tabIndex={0}>
        <Text max={20_000}>{text('message')}</Text>
      </p>
      {(text('message')?.length ?? 0) > 20_000 && (
        <p class="unit">
          The first 20,000 characters of{' '}
          {text('message')!.length >= 100_000 ? 'more than 100,000' : text('message')!.length.toLocaleString('en')} that
          it has.
        </p>
      )}
      <p class="panel-links">
        {traceId !== undefined && <a href={href('trace', { id: traceId }, { span: spanId })}>Its trace</a>}
        {fingerprint !== undefined && <a href={href('problem', { id: fingerprint })}>Its problem or pattern</a>}
        {text('service') !== undefined && <a href={href('service', { service: text('service')! })}>Its service</a>}
        {record.kind === 'test' && more.run_id !== undefined && (
          <a href={href('testRun', { id: String(more.run_id) })}>Its run</a>
        )}
        {text('node_id') !== undefined && <a href={href('node', { id: text('node_id')! })}>Its node</a>}
      </p>
      <h3>Filter by</h3>
      <p class="panel-filters">
        {FILTERS.map(([key, field]) => {
          const value = text(key)
          return value === undefined || value === '' ? null : (
            <button key={key} type="button" class="small" onClick={() => onAsk(withFilter(q, field, value))}>
              {field}: <Text max={60}>{value}</Text>
            </button>
          )
        })}
      </p>
      {stack !== undefined && stack !== null && (
        <>
          <h3>Stack</h3>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard */}
          <pre class="panel-stack" tabIndex={0}>
            <Text max={20_000}>{stack}</Text>
          </pre>
        </>
      )}
      <h3>Attributes</h3>
      <Attributes values={objectOf(record.attributes)} />
      <h3>The rest of it</h3>
      <Attributes
        values={Object.fromEntries(
          Object.entries({ ...others, events }).filter(([, value]) => value !== null && value !== undefined),
        )}
      />
      <h3>Sent by</h3>
      <Attributes values={objectOf(record.resource)} />
    </>
  )
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
