import { connection, trouble } from '../state/live.ts'
import { Time } from './basics.tsx'

/** Nobody answers: said once, with how old the page is. */
export function Banner() {
  if (trouble.value === undefined) return null
  const { words, since } = trouble.value
  return (
    <div class={`banner ${connection.value}`} role="alert">
      {words} What stands here is of <Time at={since} />.
    </div>
  )
}
