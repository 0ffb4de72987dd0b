import { useState } from 'preact/hooks'
import { Text } from './basics.tsx'

const SUGGESTIONS = ['What is wrong?', 'What changed?', 'Which nodes are silent?']

interface AskFormProps {
  readonly first: string | undefined
  readonly isBusy?: boolean
  readonly suggestions?: readonly string[] | undefined
  readonly onAsk: (question: string) => void
}

/** A field for a question, and some to begin with. */
export function AskForm({ first, isBusy = false, suggestions = SUGGESTIONS, onAsk }: AskFormProps) {
  const [draft, setDraft] = useState(first ?? '')
  const askFor = (text: string) => {
    setDraft(text)
    if (text.trim() !== '' && !isBusy) onAsk(text.trim())
  }
  return (
    <>
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
        <button type="submit" class="primary" disabled={isBusy}>
          Ask
        </button>
      </form>
      <div class="suggestions">
        {suggestions.map(text => (
          <button key={text} type="button" class="small" disabled={isBusy} onClick={() => askFor(text)}>
            <Text max={160}>{text}</Text>
          </button>
        ))}
      </div>
    </>
  )
}
