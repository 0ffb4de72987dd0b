import './chat.css'
import './problem.css'
import { useEffect, useState } from 'preact/hooks'
import { Frame } from '../parts/answered.tsx'
import { AskForm } from '../parts/ask-form.tsx'
import { Conversation } from '../parts/conversation.tsx'
import { RulesReply } from '../parts/rules-reply.tsx'
import { askWhichModel } from '../state/conversation.ts'
import { go, href, param } from '../state/router.ts'

/** A question in words: to a model with the tools that agents have, where one is named, else to rules. */
export function Chat() {
  const question = param('q')
  const [model, setModel] = useState<string | null>()
  useEffect(() => void askWhichModel().then(setModel), [])
  return (
    <Frame title="Ask">
      {typeof model === 'string' ? <Conversation model={model} first={question} /> : <ByRules question={question} />}
    </Frame>
  )
}

function ByRules({ question }: { readonly question: string | undefined }) {
  return (
    <>
      <AskForm first={question} onAsk={text => go(href('chat', {}, { q: text }))} />
      {question === undefined ? (
        <p class="unit">
          Questions are answered by rules, with the tools that agents have over MCP: no model is asked, and each answer
          shows which tool gave it.
        </p>
      ) : (
        <RulesReply key={question} question={question} />
      )}
    </>
  )
}
