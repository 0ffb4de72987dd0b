import './chat.css'
import './problem.css'
import { useState } from 'preact/hooks'
import type { ChatAnswer } from '../../api/chat.ts'
import { visibleText } from '../format.ts'
import { Answered, Frame } from '../parts/answered.tsx'
import { Section, Text, Time } from '../parts/basics.tsx'
import { Check } from '../parts/check.tsx'
import { Feedback } from '../parts/feedback.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { useAnswer } from '../state/answers.ts'
import { rangeParams } from '../state/range.ts'
import { go, href, param } from '../state/router.ts'

const SUGGESTIONS = ['What is wrong?', 'What changed?', 'Which nodes are silent?'] as const

/** A question in words, answered by the tools that agents have; which one is shown. */
export function Chat() {
  const question = param('q')
  const [draft, setDraft] = useState(question ?? '')
  const askFor = (text: string) => {
    setDraft(text)
    if (text.trim() !== '') go(href('chat', {}, { q: text.trim() }))
  }
  return (
    <Frame title="Ask">
      <form
        class="ask"
        onSubmit={event => {
          event.preventDefault()
          askFor(draft)
        }}
      >
        <input
          type="search"
          aria-label="Your question"
          placeholder="Why does the checkout fail? What changed in payment? An id of a problem, a trace, an order …"
          value={draft}
          maxLength={500}
          onInput={event => setDraft(event.currentTarget.value)}
        />
        <button type="submit" class="primary">
          Ask
        </button>
      </form>
      <div class="suggestions">
        {SUGGESTIONS.map(text => (
          <button key={text} type="button" class="small" onClick={() => askFor(text)}>
            {text}
          </button>
        ))}
      </div>
      {question === undefined ? (
        <p class="unit">
          Questions are answered by rules, with the tools that agents have over MCP: no model is asked, and each answer
          shows which tool gave it.
        </p>
      ) : (
        <Reply key={question} question={question} />
      )}
    </Frame>
  )
}

function Reply({ question }: { readonly question: string }) {
  const answer = useAnswer<ChatAnswer>('chat', { ...rangeParams(), question })
  return (
    <>
      <Answered answer={answer} lines={6}>
        {({ call, summary, sections, left_out }) => (
          <>
            <Section
              title={<Text max={500}>{question}</Text>}
              aside={<Feedback about={`chat/${call.tool}`} claim={question} />}
            >
              <div class="body">
                <p class="verdict">{summary}</p>
                <p class="unit">
                  Answered by <code>{call.tool}</code>{' '}
                  <code>
                    <Text max={300}>{JSON.stringify(call.args)}</Text>
                  </code>
                  : {call.because}.
                </p>
              </div>
            </Section>
            {sections
              .filter(({ rows }) => rows.length > 0)
              .map(({ name, rows }) => (
                <Section key={name} title={titleOf(name)}>
                  <Rows name={name} rows={rows} />
                </Section>
              ))}
            {left_out.map(words => (
              <p key={words} class="unit">
                Left out: <Text max={300}>{words}</Text>
              </p>
            ))}
          </>
        )}
      </Answered>
      {answer.sql.length > 0 && (
        <Check sql={answer.sql} tookMs={answer.tookMs} question={answer.question} what="this answer" />
      )}
    </>
  )
}

type Row = ChatAnswer['sections'][number]['rows'][number]

/** Rows of a few short values are a table; others a list each. */
const COLUMNS_MAX = 8
const CELL_CHARS_MAX = 90

function Rows({ name, rows }: { readonly name: string; readonly rows: readonly Row[] }) {
  const keys = [...new Set(rows.flatMap(row => Object.keys(row)))]
  const isShort = rows.every(row => Object.values(row).every(value => wordsOf(value).length <= CELL_CHARS_MAX))
  const numbered = rows.map((row, i) => ({ row, key: String(i) }))
  if (rows.length > 1 && keys.length <= COLUMNS_MAX && isShort) {
    const columns = keys.map(
      (key): Column<(typeof numbered)[number]> => ({
        name: key,
        title: titleOf(key),
        isNumber: rows.every(row => row[key] === undefined || typeof row[key] === 'number'),
        cell: ({ row }) => (row[key] === undefined ? '' : <Cell name={key} value={row[key]} />),
      }),
    )
    return <Table label={titleOf(name)} columns={columns} rows={numbered} keyOf={({ key }) => key} />
  }
  return (
    <>
      {numbered.map(({ row, key }) => (
        <div key={key} class="answer-row">
          <dl>
            {Object.entries(row).map(([column, value]) => (
              <div key={column}>
                <dt>{titleOf(column)}</dt>
                <dd>
                  <Cell name={column} value={value} />
                </dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </>
  )
}

function titleOf(name: string): string {
  const words = visibleText(name.replaceAll('_', ' '))
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

function wordsOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(wordsOf).join(', ')
  return JSON.stringify(value) ?? ''
}

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

function Cell({ name, value }: { readonly name: string; readonly value: unknown }) {
  const text = wordsOf(value)
  if (name !== 'span_id' && /^[0-9a-f]{16}$/.test(text)) {
    return (
      <a class="mono" href={href('problem', { id: text })}>
        {text}
      </a>
    )
  }
  if (name === 'trace_id' && /^[0-9a-f]{32}$/.test(text)) {
    return (
      <a class="mono" href={href('trace', { id: text })}>
        {text}
      </a>
    )
  }
  if (INSTANT.test(text)) return <Time at={text} />
  return <Text max={1_500}>{text}</Text>
}
