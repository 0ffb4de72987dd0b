import './chat.css'
import { AskForm } from '../parts/ask-form.tsx'
import { Section } from '../parts/basics.tsx'
import { go, href } from '../state/router.ts'

interface AskAboutProps {
  readonly service: string
  readonly fingerprint: string | undefined
  readonly range: { readonly from: string; readonly to: string }
}

/** Questions go to the page Ask, of the time of the incident. */
export function AskAbout({ service, fingerprint, range }: AskAboutProps) {
  const suggestions = [
    ...(fingerprint === undefined ? [] : [`Why did ${fingerprint} come?`]),
    `What is wrong with ${service}?`,
    `What changed in ${service}?`,
    `How is ${service} doing?`,
  ]
  return (
    <Section title="Ask about it">
      <div class="body">
        <AskForm
          first={undefined}
          suggestions={suggestions}
          onAsk={text => go(href('chat', {}, { ...range, q: text }))}
        />
      </div>
    </Section>
  )
}
