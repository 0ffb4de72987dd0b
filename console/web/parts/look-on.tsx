import { href } from '../state/router.ts'
import { Section, Text } from './basics.tsx'

interface LookOnProps {
  readonly services: readonly string[]
  readonly operation?: string | undefined
  /** Of the problem whose records these are. */
  readonly fingerprint?: string | undefined
  readonly traceId?: string | undefined
  readonly incidentId?: string | undefined
  /** The time that it is about; the range of the page where it is left out. */
  readonly range?: { readonly from: string; readonly to: string }
}

const SERVICES_SHOWN = 4

/** The ways on from here to the rows: records, service, traces, deploys, at the time that this is about. */
export function LookOn({ services, operation, fingerprint, traceId, incidentId, range: given }: LookOnProps) {
  const range = given ?? {}
  const [first] = services
  return (
    <Section title="Look on">
      <ul class="look-on">
        {incidentId !== undefined && (
          <li>
            <a href={href('incident', { id: incidentId })}>The incident</a>
          </li>
        )}
        {fingerprint !== undefined && (
          <>
            <li>
              <a href={href('problem', { id: fingerprint }, range)}>The problem</a>
            </li>
            <li>
              <a href={href('search', {}, { ...range, q: `problem:${fingerprint}` })}>Its records</a>
            </li>
          </>
        )}
        {traceId !== undefined && (
          <li>
            <a href={href('trace', { id: traceId })}>A trace that shows it</a>
          </li>
        )}
        {first !== undefined && operation !== undefined && (
          <li>
            <a href={href('operation', { service: first, operation }, range)}>
              Traces of <Text max={80}>{operation}</Text>
            </a>
          </li>
        )}
        {services.slice(0, SERVICES_SHOWN).map(service => (
          <li key={service}>
            <Text max={60}>{service}</Text>: <a href={href('service', { service }, range)}>requests</a>,{' '}
            <a href={href('search', {}, { ...range, q: `service:${JSON.stringify(service)} level:warn,error,fatal` })}>
              warnings and errors
            </a>
            , <a href={href('deploys', {}, { ...range, service })}>deploys</a>
          </li>
        ))}
      </ul>
    </Section>
  )
}
