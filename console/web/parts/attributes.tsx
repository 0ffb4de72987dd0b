import { useState } from 'preact/hooks'
import { many } from '../format.ts'
import { CopyButton, Text } from './basics.tsx'

const SHOWN_AT_FIRST = 40

/** Attributes of a record; of ten thousand the first ones, and a field that finds the others. */
export function Attributes({ values }: { readonly values: Readonly<Record<string, unknown>> }) {
  const [words, setWords] = useState('')
  const all = Object.entries(values)
  const found = all.filter(([key, value]) => `${key} ${textOf(value)}`.toLowerCase().includes(words.toLowerCase()))
  return (
    <div class="attributes">
      {all.length > 12 && (
        <input
          type="search"
          placeholder={`Find among ${many(all.length, 'attribute')}`}
          aria-label="Find an attribute"
          value={words}
          onInput={event => setWords(event.currentTarget.value)}
        />
      )}
      <dl>
        {found.slice(0, SHOWN_AT_FIRST).map(([key, value]) => (
          <div key={key}>
            <dt>
              <Text max={200}>{key}</Text>
            </dt>
            <dd>
              <Text max={1_000}>{textOf(value)}</Text>
            </dd>
          </div>
        ))}
      </dl>
      {found.length > SHOWN_AT_FIRST && (
        <p class="unit">
          {many(found.length - SHOWN_AT_FIRST, 'more attribute')}{' '}
          <CopyButton text={JSON.stringify(values, null, 2)} label="Copy all" />
        </p>
      )}
    </div>
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
