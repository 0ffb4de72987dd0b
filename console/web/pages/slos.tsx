import './slos.css'
import type { SlosAnswer } from '../../api/slos.ts'
import { countText, lengthText, many, shareText } from '../format.ts'
import { Page } from '../parts/answered.tsx'
import { Ago, Badge, Empty, Section, Severity, Snippet, Text, Time } from '../parts/basics.tsx'
import { useAnswer } from '../state/answers.ts'
import { rangeParams } from '../state/range.ts'
import { href, route } from '../state/router.ts'

type Objective = SlosAnswer['objectives'][number]
type Burn = SlosAnswer['burns'][number]

const FIRST = `slos:
  - metadata: { name: shop-checkout, displayName: Checkout works }
    spec:
      service: storefront
      environment: production
      indicator: { operation: POST /checkout, bad: errors }
      timeWindow: [{ duration: 30d, isRolling: true }]
      objectives: [{ target: 0.995 }]`

/** What is promised, how much of the error budget is left, and what uses it up. */
export function Slos() {
  const answer = useAnswer<SlosAnswer>('slos', rangeParams(), ['slos'])
  // Where a message leads: that objective alone.
  const named = route.value?.params.objective
  const isShown = ({ objective }: { readonly objective?: unknown }) => named === undefined || objective === named
  return (
    <Page title={named === undefined ? 'Objectives' : <Text max={120}>{named}</Text>} answer={answer}>
      {data =>
        data.objectives.length === 0 ? (
          <Section title="Nothing is promised yet">
            <Empty title="An objective says how much of a service has to go well">
              <p>
                Write one into config/alerts.yaml, or the file that SENSORIUM_ALERTS names, and try it on the past
                first: sensorium alerts test config/alerts.yaml --since 14d
              </p>
              <Snippet label="The first objective" text={FIRST} />
            </Empty>
          </Section>
        ) : (
          <>
            {named !== undefined && <a href={href('slos')}>All objectives</a>}
            {data.objectives.filter(isShown).map(one => (
              <Card
                key={one.objective}
                one={one}
                burns={data.burns.filter(burn => burn.objective === one.objective)}
                from={Date.parse(data.from)}
                to={Date.parse(data.to)}
              />
            ))}
            <Section title="Burns of the last thirty days">
              {!data.burns.some(isShown) ? (
                <p class="body unit">None: no budget was used up faster than it lasts.</p>
              ) : (
                <ul class="list">
                  {data.burns.filter(isShown).map(burn => (
                    <li key={String(burn.id)}>
                      <Severity level={String(burn.severity)} />
                      <span>
                        <Text max={300}>{burn.description}</Text>{' '}
                        <a href={href('service', { service: String(burn.service) }, around(burn))}>
                          the service at that time
                        </a>
                      </span>
                      <span class="unit">
                        <Time at={String(burn.started_at)} />,{' '}
                        {burn.ended_at === undefined
                          ? 'still burns'
                          : `for ${lengthText(Date.parse(String(burn.ended_at)) - Date.parse(String(burn.started_at)))}`}
                      </span>
                    </li>
                  ))}
                </ul>
              )}
            </Section>
          </>
        )
      }
    </Page>
  )
}

const AROUND_MS = 1_800_000

function around({ started_at, ended_at }: Burn): { readonly from: string; readonly to: string } {
  const end = ended_at === undefined ? Date.now() : Date.parse(String(ended_at))
  return {
    from: new Date(Date.parse(String(started_at)) - AROUND_MS).toISOString(),
    to: new Date(end + AROUND_MS).toISOString(),
  }
}

interface CardProps {
  readonly one: Objective
  readonly burns: readonly Burn[]
  readonly from: number
  readonly to: number
}

function Card({ one, burns, from, to }: CardProps) {
  const { objective, service, environment, target, periodDays, total, bad, budgetLeft, burning, updatedAt } = one
  const tone =
    total === 0 ? 'quiet' : budgetLeft <= 0 ? 'bad' : burning !== undefined || budgetLeft < 0.25 ? 'warn' : 'good'
  const words = total === 0 ? 'nothing counted yet' : budgetLeft <= 0 ? 'used up' : `${shareText(budgetLeft)} left`
  const allowed = total * (1 - target)
  return (
    <Section
      title={<Text max={120}>{objective}</Text>}
      aside={
        <>
          <a href={href('service', { service })}>
            <Text max={60}>{service}</Text>
          </a>
          <span class="unit">
            <Text max={40}>{environment}</Text>
          </span>
          <Badge tone={tone}>{burning === undefined ? words : `burning: ${burning}, ${words}`}</Badge>
        </>
      }
    >
      <div class="body slo">
        <div class="budget" role="img" aria-label={`error budget: ${words}`}>
          <div class={`budget-left ${tone}`} style={{ width: `${Math.max(0, Math.min(1, budgetLeft)) * 100}%` }} />
        </div>
        <p>
          Promised: {shareText(target)} go well over {lengthText(periodDays * 86_400_000)}. Of {many(total, 'event')},{' '}
          {countText(bad)} were bad; {countText(Math.floor(allowed))} may be
          {bad > allowed && <strong>, {countText(Math.ceil(bad - allowed))} too many</strong>}. Counted{' '}
          <Ago at={updatedAt} />.
        </p>
        <svg
          class="burns"
          viewBox="0 0 100 10"
          preserveAspectRatio="none"
          role="img"
          aria-label={`${many(burns.length, 'burn')} in thirty days`}
        >
          <rect class="burns-line" x={0} y={8} width={100} height={1} />
          {burns.map(burn => {
            const place = (time: number) => (100 * (Math.max(from, Math.min(to, time)) - from)) / (to - from)
            const start = place(Date.parse(String(burn.started_at)))
            const end = burn.ended_at === undefined ? 100 : place(Date.parse(String(burn.ended_at)))
            return (
              <rect
                key={String(burn.id)}
                class={`burn ${burn.severity}`}
                x={start}
                y={0}
                width={Math.max(0.6, end - start)}
                height={9}
              />
            )
          })}
        </svg>
        <p class="unit slo-scale">
          <span>thirty days ago</span>
          <span>{burns.length === 0 ? 'no burn' : many(burns.length, 'burn')}</span>
          <span>now</span>
        </p>
      </div>
    </Section>
  )
}
