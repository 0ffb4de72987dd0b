import { useEffect, useRef, useState } from 'preact/hooks'
import { durationText } from '../format.ts'
import { askModel, type Subject, type Turn, type TurnCall } from '../state/conversation.ts'
import { AskForm } from './ask-form.tsx'
import { Section, Skeleton, Text } from './basics.tsx'
import { Check } from './check.tsx'
import { Feedback } from './feedback.tsx'
import { RulesReply } from './rules-reply.tsx'
import { ToolRows, titleOf } from './tool-rows.tsx'
import { Words } from './words.tsx'

interface ConversationProps {
  readonly model: string
  /** Of the address: answered by rules, which cost nothing, until somebody asks the model. */
  readonly first: string | undefined
  readonly subject: Subject
  readonly suggestions?: readonly string[] | undefined
}

/** Questions to a model that calls the tools in front of whoever asks; the latest answer on top. */
export function Conversation({ model, first, subject, suggestions }: ConversationProps) {
  const [turns, setTurns] = useState<readonly Turn[]>([])
  const asking = useRef<AbortController>(undefined)
  useEffect(() => () => asking.current?.abort(), [])
  const isBusy = turns.at(-1)?.isOver === false
  const ask = (question: string) => {
    const mine = new AbortController()
    asking.current = mine
    const before = turns
    void askModel(question, before, subject, turn => setTurns([...before, turn]), mine.signal)
  }
  const stop = () => {
    asking.current?.abort()
    setTurns(turns.map(turn => ({ ...turn, isOver: true })))
  }
  return (
    <>
      <AskForm first={first} isBusy={isBusy} suggestions={suggestions} onAsk={ask} />
      {isBusy && (
        <button type="button" class="small" onClick={stop}>
          Stop
        </button>
      )}
      {turns.length === 0 && (
        <p class="unit">
          <Text max={100}>{model}</Text> answers with the tools that agents have over MCP; every call is shown, with
          what it found. What it says may be wrong: the rows are what counts.
        </p>
      )}
      {turns.toReversed().map((turn, i) => (
        <TurnView key={turns.length - i} turn={turn} subject={subject} />
      ))}
      {turns.length === 0 && first !== undefined && <RulesReply key={first} question={first} subject={subject} />}
    </>
  )
}

function TurnView({ turn, subject }: { readonly turn: Turn; readonly subject: Subject }) {
  const { question, text, calls, unfounded, rules, end, isOver } = turn
  const feedback = end === undefined ? undefined : <Feedback about={`chat/${end.answer}`} claim={question} />
  return (
    <>
      <Section title={<Text max={500}>{question}</Text>} aside={feedback}>
        <div class="body" aria-busy={!isOver} aria-live="polite">
          {calls.map((call, i) => (
            <CallView key={`${i} ${call.tool}`} call={call} />
          ))}
          {text !== '' && (
            <p class="said">
              <Words text={text} />
            </p>
          )}
          {!isOver && text === '' && <Skeleton lines={2} />}
          {unfounded.length > 0 && (
            <p class="error-note" role="note">
              No row that it was shown has: <Text max={600}>{unfounded.join(', ')}</Text>
            </p>
          )}
          {end !== undefined && (
            <p class="unit">
              <Text max={100}>{end.model}</Text>, {end.tokens} tokens, {durationText(end.took_ms)}
            </p>
          )}
          {isOver && end === undefined && rules === undefined && <p class="unit">Stopped.</p>}
          {rules !== undefined && <p class="unit">No model answers: {rules}. This is what the rules say:</p>}
        </div>
      </Section>
      {rules !== undefined && <RulesReply question={question} subject={subject} />}
    </>
  )
}

/** A tool that was called, as an agent would; open it for what it found. */
function CallView({ call: { tool, args, found, refused } }: { readonly call: TurnCall }) {
  return (
    <details class="tool-call">
      <summary>
        <code>
          <Text max={100}>{tool}</Text>
        </code>{' '}
        <code class="unit">
          <Text max={300}>{JSON.stringify(args)}</Text>
        </code>{' '}
        {found === undefined && refused === undefined && <span class="unit">is running …</span>}
        {found !== undefined && <Words text={found.summary} />}
        {refused !== undefined && <span>not answered: {<Text max={400}>{refused}</Text>}</span>}
      </summary>
      {found?.sections
        .filter(({ rows }) => rows.length > 0)
        .map(({ name, rows }) => (
          <div key={name}>
            <h3>{titleOf(name)}</h3>
            <ToolRows name={name} rows={rows} />
          </div>
        ))}
      {found !== undefined && found.sql.length > 0 && <Check sql={found.sql} what="this call" />}
    </details>
  )
}
