import { useState } from 'preact/hooks'
import { act } from '../state/actions.ts'
import { mayChange } from '../state/person.ts'

interface FeedbackProps {
  /** What it is about: `problem/5f914c0f915624f3`, and which claim of it. */
  readonly about: string
  readonly claim: string
}

/** Was this right? What people say is kept with who said it. */
export function Feedback({ about, claim }: FeedbackProps) {
  const [said, setSaid] = useState<string>()
  if (!mayChange()) return null
  const say = async (verdict: 'right' | 'wrong') => {
    const error = await act('feedback', { about, claim, verdict })
    setSaid(error ?? (verdict === 'right' ? 'Noted: right.' : 'Noted: wrong.'))
  }
  return (
    <span class="feedback">
      {said === undefined ? (
        <>
          <span class="unit">Was this right?</span>
          <button type="button" class="small" onClick={() => void say('right')}>
            Yes
          </button>
          <button type="button" class="small" onClick={() => void say('wrong')}>
            No
          </button>
        </>
      ) : (
        <span role="status" class="unit">
          {said}
        </span>
      )}
    </span>
  )
}
