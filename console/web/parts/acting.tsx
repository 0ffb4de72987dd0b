import { useState } from 'preact/hooks'
import { act } from '../state/actions.ts'

interface ActingProps {
  readonly label: string
  /** What is asked before it is done, where it cannot be taken back. */
  readonly sure?: string
  readonly action: string
  readonly body: object
  readonly onDone: () => void
}

/** A button that changes one thing, asks first where that is right, and says why where it failed. */
export function Acting({ label, sure, action, body, onDone }: ActingProps) {
  const [isAsked, setAsked] = useState(false)
  const [error, setError] = useState<string>()
  const run = async () => {
    const failed = await act(action, body)
    setError(failed)
    setAsked(false)
    if (failed === undefined) onDone()
  }
  if (error !== undefined) return <span role="alert">{error}</span>
  if (isAsked) {
    return (
      <span class="acting">
        <span class="unit">{sure}</span>{' '}
        <button type="button" class="small" onClick={() => void run()}>
          Yes
        </button>{' '}
        <button type="button" class="small" onClick={() => setAsked(false)}>
          No
        </button>
      </span>
    )
  }
  return (
    <button type="button" class="small" onClick={() => (sure === undefined ? void run() : setAsked(true))}>
      {label}
    </button>
  )
}
