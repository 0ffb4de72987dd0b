import './asking.css'
import { useEffect, useState } from 'preact/hooks'
import { askWhichModel, type Subject } from '../state/conversation.ts'
import { param, setParam } from '../state/router.ts'
import { AskForm } from './ask-form.tsx'
import { Conversation } from './conversation.tsx'
import { RulesReply } from './rules-reply.tsx'

interface AskingProps {
  readonly subject: Subject
  readonly suggestions?: readonly string[]
}

/** A question in words: to a model with the tools that agents have, where one is named, else to rules. */
export function Asking({ subject, suggestions }: AskingProps) {
  const question = param('q')
  const [model, setModel] = useState<string | null>()
  useEffect(() => void askWhichModel().then(setModel), [])
  if (typeof model === 'string') return <Conversation {...{ model, subject, suggestions }} first={question} />
  return (
    <>
      <AskForm first={question} suggestions={suggestions} onAsk={text => setParam('q', text, { push: true })} />
      {question === undefined ? (
        <p class="unit">
          Questions are answered by rules, with the tools that agents have over MCP: no model is asked, and each answer
          shows which tool gave it.
        </p>
      ) : (
        <RulesReply key={question} question={question} subject={subject} />
      )}
    </>
  )
}
