import { Section, Snippet } from '../parts/basics.tsx'
import { endpoint, FirstRecord } from '../parts/first-record.tsx'

/** How the first record comes in. The page turns over by itself when it has. */
export function Welcome() {
  return (
    <div class="welcome">
      <p>
        Sensorium listens for OpenTelemetry at <code>{endpoint()}</code>. Send something: this page turns over by itself
        when the first record is stored.
      </p>
      <Section title="Send a first record">
        <div class="body">
          <FirstRecord />
        </div>
      </Section>
      <Section title="Or look at an example">
        <div class="body">
          <p class="unit">A simulated shop in which a deploy breaks something: half an hour of it, sent in a minute.</p>
          <Snippet label="In the folder of Sensorium" text="npm run demo" />
        </div>
      </Section>
    </div>
  )
}
