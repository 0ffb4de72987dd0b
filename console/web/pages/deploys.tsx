import './slos.css'
import type { DeploysAnswer } from '../../api/deploys.ts'
import { countText, durationText, many, shareText } from '../format.ts'
import { Page } from '../parts/answered.tsx'
import { Badge, Empty, Section, Snippet, Text, Time, type Tone } from '../parts/basics.tsx'
import { useAnswer } from '../state/answers.ts'
import { rangeParams } from '../state/range.ts'
import { href, param, setParams } from '../state/router.ts'

type Deploy = DeploysAnswer['deploys'][number]

const first = () =>
  `curl ${location.origin}/ingest/ci -H 'content-type: application/json' -d '{"build_events":[{"event_type":"deploy_complete","status":"success","repository":"acme/shop","branch":"main","commit_sha":"c0ffee","environment":"production"}]}'`

/** What changed when, and what came of it. */
export function Deploys() {
  const service = param('service')
  const answer = useAnswer<DeploysAnswer>('deploys', { ...rangeParams(), service }, ['records'])
  return (
    <Page
      title={
        service === undefined ? (
          'Deploys'
        ) : (
          <>
            Deploys of <Text max={100}>{service}</Text>
          </>
        )
      }
      aside={
        service !== undefined && (
          <button type="button" class="small" onClick={() => setParams({ service: undefined })}>
            Of all services
          </button>
        )
      }
      answer={answer}
      lines={8}
    >
      {data =>
        data.deploys.length === 0 ? (
          <Section title="Nothing changed in this range">
            <Empty title="Releases are seen by themselves">
              <p>
                A service that sends another service.version is a release. Deploys of your pipeline can be told, too:
              </p>
              <Snippet label="The first deploy" text={first()} />
            </Empty>
          </Section>
        ) : (
          <>
            <Line data={data} />
            <Section
              title="Each with the time before and after it"
              aside={
                <span class="unit">
                  what came after a change need not have come of it: compared are {data.comparedMinutes} min before and
                  after
                </span>
              }
            >
              <ul class="deploys">
                {data.deploys.map(deploy => (
                  <Row key={keyOf(deploy)} deploy={deploy} minutes={data.comparedMinutes} />
                ))}
              </ul>
            </Section>
          </>
        )
      }
    </Page>
  )
}

const keyOf = ({ change }: Deploy) => `${change.service} ${change.at} ${change.what} ${change.release ?? ''}`

/** All on one line of time, a lane for each service. */
function Line({ data: { deploys, from, to } }: { readonly data: DeploysAnswer }) {
  const [begin, end] = [Date.parse(from), Date.parse(to)]
  const services = [...new Set(deploys.map(({ change }) => change.service))]
  return (
    <Section title="Time line">
      <div class="body lanes">
        {services.slice(0, 20).map(service => (
          <div key={service} class="lane">
            <span>
              <Text max={40}>{service}</Text>
            </span>
            <div class="lane-line">
              {deploys
                .filter(({ change }) => change.service === service)
                .map(deploy => {
                  const [tone, words] = verdictOf(deploy)
                  return (
                    <a
                      key={keyOf(deploy)}
                      class={`lane-mark ${tone}`}
                      style={{
                        left: `${Math.max(0, Math.min(100, (100 * (deploy.change.at - begin)) / (end - begin)))}%`,
                      }}
                      href={`#${encodeURIComponent(keyOf(deploy))}`}
                      aria-label={`${deploy.change.what} ${deploy.change.release ?? ''}: ${words}`}
                      title={`${deploy.change.what} ${deploy.change.release ?? ''}: ${words}`}
                    >
                      {tone === 'bad' ? '▲' : tone === 'warn' ? '◆' : '●'}
                    </a>
                  )
                })}
            </div>
          </div>
        ))}
        <p class="unit slo-scale">
          <Time at={from} />
          <Time at={to} />
        </p>
      </div>
    </Section>
  )
}

const share = ({ requests, errors }: Deploy['after']) => (requests === 0 ? 0 : errors / requests)
/** Of fewer requests nothing can be said. */
const REQUESTS_MIN = 20

/** What came of it, in words. That it came after does not say that it came of it. */
function verdictOf({ before, after, newProblems }: Deploy): [Tone, string] {
  if (after.requests < REQUESTS_MIN) return ['quiet', 'too few requests after it to tell']
  const [a, b] = [share(before), share(after)]
  const spread = 3 * Math.sqrt(Math.max(a, 0.001) / Math.max(1, after.requests))
  if (b > a + spread && b > 1.5 * a) return ['bad', `failures rose from ${shareText(a)} to ${shareText(b)}`]
  if (
    before.p95Ms !== undefined &&
    after.p95Ms !== undefined &&
    after.p95Ms > 1.5 * before.p95Ms &&
    after.p95Ms - before.p95Ms > 10
  ) {
    return [
      'warn',
      `the slowest twentieth takes ${durationText(after.p95Ms)} in place of ${durationText(before.p95Ms)}`,
    ]
  }
  if (newProblems.length > 0)
    return [
      'warn',
      `${newProblems.length === 1 ? 'a problem was' : `${newProblems.length} problems were`} first seen within the hour after`,
    ]
  if (a > b + spread && a > 1.5 * b) return ['good', `failures fell from ${shareText(a)} to ${shareText(b)}`]
  return ['good', 'nothing notable after it']
}

const AROUND_MS = 3_600_000

function Row({ deploy, minutes }: { readonly deploy: Deploy; readonly minutes: number }) {
  const { change, before, after, newProblems } = deploy
  const [tone, words] = verdictOf(deploy)
  const around = {
    from: new Date(change.at - AROUND_MS).toISOString(),
    to: new Date(change.at + AROUND_MS).toISOString(),
  }
  return (
    <li id={keyOf(deploy)}>
      <div class="deploy-head">
        <Time at={change.at} />
        <a href={href('service', { service: change.service }, around)}>
          <Text max={80}>{change.service}</Text>
        </a>
        <span>
          {change.isReturn ? 'back to' : change.what}{' '}
          <strong>
            <Text max={60}>{change.release ?? change.commit ?? ''}</Text>
          </strong>
          {change.previous !== undefined && (
            <span class="unit">
              {' '}
              after <Text max={60}>{change.previous}</Text>
            </span>
          )}
        </span>
        <Badge tone={tone}>{words}</Badge>
      </div>
      {change.title !== undefined && (
        <p>
          <Text max={200}>{change.title}</Text>
        </p>
      )}
      <p class="unit">
        {minutes} min before: {figures(before)} · after: {figures(after)}
      </p>
      {newProblems.length > 0 && (
        <ul class="deploy-problems">
          {newProblems.map(({ fingerprint, template, records }) => (
            <li key={fingerprint}>
              new:{' '}
              <a href={href('problem', { id: fingerprint }, around)}>
                <Text max={160}>{template}</Text>
              </a>{' '}
              <span class="unit">{many(records, 'record')}</span>
            </li>
          ))}
        </ul>
      )}
    </li>
  )
}

function figures(level: Deploy['after']): string {
  if (level.requests === 0) return 'no requests'
  return `${countText(level.requests)} requests, ${shareText(share(level))} failed${level.p95Ms === undefined ? '' : `, p95 ${durationText(level.p95Ms)}`}`
}
