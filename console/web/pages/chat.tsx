import './problem.css'
import { Frame } from '../parts/answered.tsx'
import { Asking } from '../parts/asking.tsx'
import { rangeParams } from '../state/range.ts'

/** Questions about anything. */
export function Chat() {
  return (
    <Frame title="Ask">
      <Asking subject={rangeParams()} />
    </Frame>
  )
}
