import './search.css'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { withFilter, withoutFilter } from '../../../../analysis/record-query/edit.ts'
import { FIELDS } from '../../../../analysis/record-query/fields.ts'
import type { MeaningAnswer, RecordCountsAnswer, RecordsAnswer } from '../../../api/search.ts'
import { countText, many } from '../../format.ts'
import { Answered, Frame } from '../../parts/answered.tsx'
import { Ago, Empty, Section, Severity, Text, Time } from '../../parts/basics.tsx'
import { CopyAs } from '../../parts/check.tsx'
import { FirstRecord } from '../../parts/first-record.tsx'
import { useAnswer } from '../../state/answers.ts'
import { rangeParams } from '../../state/range.ts'
import { href, param, setParams } from '../../state/router.ts'
import { Facets } from './facets.tsx'
import { Histogram } from './histogram.tsx'
import { Patterns } from './patterns.tsx'
import { RecordPanel } from './record-panel.tsx'
import { Records } from './records.tsx'

const TYPING_MS = 300

/** One field over all records: by words, by filters that people type, and by meaning. */
export function Search() {
  const q = param('q') ?? ''
  const view = param('view') ?? 'records'
  const asked = { ...rangeParams(), q }
  const answer = useAnswer<RecordsAnswer>('records', { ...asked, columns: param('columns') })
  const counts = useAnswer<RecordCountsAnswer>('record-counts', asked)
  const ask = (text: string) => setParams({ q: text, record: undefined })
  return (
    <Frame title="Search" sql={answer.sql} tookMs={answer.tookMs} question={answer.question}>
      <Question q={q} faults={answer.data?.faults ?? []} onAsk={ask} />
      <Answered answer={counts} lines={3} check="the counts">
        {data => <Histogram counts={data} onZoom={zoom(q)} />}
      </Answered>
      <div class="search-bar">
        <nav class="tabs" aria-label="What is shown">
          <Tab name="records" label="Records" view={view} />
          <Tab name="patterns" label="Patterns" view={view} />
          <Tab name="meaning" label="Problems by meaning" view={view} />
        </nav>
        {answer.data !== undefined && (
          <CopyAs question={answer.question} sql={answer.sql.slice(-1)} tool={answer.data.tool} />
        )}
      </div>
      <div class="search-view">
        {counts.data !== undefined && (
          <Facets facets={counts.data.facets} q={q} onAsk={ask} basis={basisOf(counts.data)} />
        )}
        <div class="search-main">
          {view === 'meaning' ? (
            <Meaning q={q} />
          ) : view === 'patterns' ? (
            <Answered answer={counts} lines={8}>
              {data => <Patterns counts={data} q={q} onAsk={ask} />}
            </Answered>
          ) : (
            <Answered answer={answer} lines={10}>
              {data => <Records first={data} q={q} nothing={<Nothing q={q} answer={data} />} />}
            </Answered>
          )}
        </div>
        {param('record') !== undefined && <RecordPanel key={param('record')} q={q} onAsk={ask} />}
      </div>
    </Frame>
  )
}

const zoom = (q: string) => (from: number, to: number) =>
  setParams(
    {
      q: withoutFilter(withoutFilter(q, 'since'), 'until'),
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      range: undefined,
    },
    { push: true },
  )

function basisOf({ basis, total, countedFrom, from }: RecordCountsAnswer) {
  if (basis === 'minutes') return <>all that has a pattern, by the minute</>
  return countedFrom === from ? (
    <>all that was found</>
  ) : (
    <>
      the newest {countText(total)} records, since <Time at={countedFrom} />
    </>
  )
}

function Tab({ name, label, view }: { readonly name: string; readonly label: string; readonly view: string }) {
  return (
    <button
      type="button"
      class="plain"
      aria-pressed={view === name}
      onClick={() => setParams({ view: name === 'records' ? undefined : name }, { push: true })}
    >
      {label}
    </button>
  )
}

interface QuestionProps {
  readonly q: string
  readonly faults: RecordsAnswer['faults']
  readonly onAsk: (text: string) => void
}

/** The field. What is typed is asked as soon as the typing stops; the address has it. */
function Question({ q, faults, onAsk }: QuestionProps) {
  const [text, setText] = useState(q)
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  // Both before anything else is typed: no letter may be lost.
  useLayoutEffect(() => setText(q), [q])
  useLayoutEffect(() => {
    input.current?.focus({ preventScroll: true })
    return () => clearTimeout(timer.current)
  }, [])
  const type = (value: string) => {
    setText(value)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => onAsk(value), TYPING_MS)
  }
  const started = /(?:^|\s)-?([a-z_]*)$/i.exec(text)?.[1] ?? ''
  const fields =
    started === '' ? [] : FIELDS.filter(({ name }) => name.startsWith(started.toLowerCase()) && name !== started)
  return (
    <form
      class="question"
      onSubmit={event => {
        event.preventDefault()
        clearTimeout(timer.current)
        onAsk(text)
      }}
    >
      <input
        ref={input}
        type="search"
        value={text}
        spellcheck={false}
        autocomplete="off"
        aria-label="Search all records"
        aria-describedby="question-help"
        placeholder="payment refused  service:checkout  level:error  since:1h  deal_id:d-17"
        onInput={event => type(event.currentTarget.value)}
      />
      {fields.length > 0 && (
        <div class="suggestions">
          {fields.slice(0, 5).map(({ name, summary, example }) => (
            <button
              key={name}
              type="button"
              class="small"
              title={`${summary}: ${example}`}
              onClick={() => {
                setText(`${text.slice(0, text.length - started.length)}${name}:`)
                input.current?.focus()
              }}
            >
              {name}: <span class="unit">{summary}</span>
            </button>
          ))}
        </div>
      )}
      {faults.map(({ start, message }) => (
        <p key={start} class="fault" role="alert">
          ▲ <Text max={600}>{message}</Text>
        </p>
      ))}
      <details id="question-help">
        <summary class="unit">How to ask</summary>
        <p>
          Words stand anywhere in a record, as whole words; <code>"in quotes"</code> is a phrase; <code>-</code> before
          a word or a filter means not; <code>a,b</code> is one of both; <code>*</code> stands for anything. Spans that
          did not fail come with <code>kind:span</code>. Any attribute is a filter: <code>http.route:/cart</code>.
        </p>
        <dl class="fields">
          {FIELDS.map(({ name, summary, example }) => (
            <div key={name}>
              <dt>
                <button type="button" class="plain link mono" onClick={() => onAsk(`${text} ${example}`.trim())}>
                  {example}
                </button>
              </dt>
              <dd class="unit">{summary}</dd>
            </div>
          ))}
        </dl>
      </details>
    </form>
  )
}

function Nothing({ q, answer }: { readonly q: string; readonly answer: RecordsAnswer }) {
  return (
    <Empty title={q === '' ? 'Nothing was recorded in this range' : 'Nothing in this range fits'}>
      <p>
        Looked at <Time at={answer.from} /> to <Time at={answer.to} />.{' '}
        {q === ''
          ? 'A longer range is in the bar above.'
          : 'Fewer filters or a longer range find more; words are looked for as a whole.'}
      </p>
      {q === '' && <FirstRecord />}
    </Empty>
  )
}

function Meaning({ q }: { readonly q: string }) {
  const answer = useAnswer<MeaningAnswer>('meaning', { ...rangeParams(), q })
  return (
    <Section title="Problems and patterns that mean this" aside={<span class="unit">whatever their words</span>}>
      <Answered answer={answer} lines={6} check="these">
        {({ hits, notes }) => (
          <>
            {hits.length === 0 && (
              <p class="body unit">
                {notes.length === 0
                  ? 'Say what happened, in words: payments fail in checkout'
                  : 'Nothing is clearly about this.'}
              </p>
            )}
            <ul class="hits">
              {hits.map(hit => (
                <li key={hit.fingerprint}>
                  <Severity
                    level={hit.severity >= 17 || hit.kind === 'error' ? 'error' : hit.severity >= 13 ? 'warn' : 'info'}
                  />
                  <div>
                    <a href={href('problem', { id: hit.fingerprint })}>
                      <Text max={300}>{hit.template}</Text>
                    </a>
                    <p class="unit">
                      {many(hit.records, 'record')} · <Text max={120}>{hit.services.join(', ')}</Text> · last{' '}
                      <Ago at={hit.lastSeen} />
                      {hit.certainty !== undefined && ` · certainty ${hit.certainty}`} ·{' '}
                      <a href={href('search', {}, { q: withFilter('', 'problem', hit.fingerprint) })}>its records</a>
                    </p>
                  </div>
                </li>
              ))}
            </ul>
            {notes.map(note => (
              <p key={note} class="body unit">
                {note}
              </p>
            ))}
          </>
        )}
      </Answered>
    </Section>
  )
}
