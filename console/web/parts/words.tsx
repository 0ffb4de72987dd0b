import { href } from '../state/router.ts'
import { Text, Time } from './basics.tsx'

const KNOWN = /\b([0-9a-f]{32}|[0-9a-f]{16}|\d{4}-\d\d-\d\dT\d\d:\d\d(?::[\d.]+)?Z)\b/

/** What was found, or a model says: text, in which ids lead to what they are of and times are of the chosen zone. */
export function Words({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(KNOWN).map((part, i) => {
        const key = `${i} ${part}`
        if (i % 2 === 0)
          return (
            <Text key={key} max={10_000}>
              {part}
            </Text>
          )
        if (part.endsWith('Z')) return <Time key={key} at={part} />
        return (
          <a
            key={key}
            class="mono"
            href={part.length === 32 ? href('trace', { id: part }) : href('problem', { id: part })}
          >
            {part}
          </a>
        )
      })}
    </>
  )
}
