import './chat.css'
import './problem.css'
import { useState } from 'preact/hooks'
import type { ChatAnswer } from '../../api/chat.ts'
import { Answered, Frame } from '../parts/answered.tsx'
import { Section, Text, Time } from '../parts/basics.tsx'
import { Feedback } from '../parts/feedback.tsx'
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
          {sections.map(({ name, rows }) => (
            <Section key={name} title={name.replaceAll('_', ' ')}>
              {rows.map((row, i) => (
                <div key={`${i}`} class="answer-row">
                  <dl>
                    {Object.entries(row).map(([key, value]) => (
                      <div key={key}>
                        <dt>{key.replaceAll('_', ' ')}</dt>
                        <dd>
                          <Cell name={key} value={value} />
                        </dd>
                      </div>
                    ))}
                  </dl>
                </div>
              ))}
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
  )
}

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

function Cell({ name, value }: { readonly name: string; readonly value: unknown }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (name === 'fingerprint' && /^[0-9a-f]{16}$/.test(text)) {
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
  if (Array.isArray(value))
    return <Text max={1_500}>{value.map(one => (typeof one === 'string' ? one : JSON.stringify(one))).join(', ')}</Text>
  return <Text max={1_500}>{text}</Text>
}
