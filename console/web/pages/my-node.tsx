import './my-node.css'
import { useEffect, useState } from 'preact/hooks'
import type { NodeAnswer, OwnerAnswer } from '../../api/nodes.ts'
import { lengthText, many } from '../format.ts'
import { Answered } from '../parts/answered.tsx'
import { Banner } from '../parts/banner.tsx'
import { Ago, ErrorNote, Skeleton, Text, useNow } from '../parts/basics.tsx'
import { useAnswer } from '../state/answers.ts'
import { route } from '../state/router.ts'

/** For the owner of one computer, in words that need no knowledge of any. */
export function MyNode() {
  const id = route.value?.params.id ?? ''
  const answer = useAnswer<NodeAnswer>('node', { id }, ['records'])
  return (
    <main id="main" class="my-node">
      <Banner />
      <Answered answer={answer}>{data => <Words {...data} />}</Answered>
    </main>
  )
}

const RENEWED_MS = 15_000

/** The same by a secret link, for an owner who does not sign in: what the link holds stands behind `#`. */
export function OwnNode() {
  const [data, setData] = useState<OwnerAnswer>()
  const [error, setError] = useState<string>()
  useEffect(() => {
    const load = async () => {
      try {
        const response = await fetch('/console/api/my-node', {
          headers: { 'x-sensorium-link': location.hash.slice(1) },
        })
        const answer = (await response.json()) as { data?: OwnerAnswer; error?: string } // as the server writes it
        if (answer.data !== undefined) setData(answer.data)
        // What is shown may be shown no longer.
        if (response.status === 404) setData(undefined)
        setError(response.ok ? undefined : response.status === 404 ? ENDED : LATE)
      } catch {
        setError(LATE)
      }
    }
    void load()
    const timer = setInterval(() => document.visibilityState === 'visible' && void load(), RENEWED_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <main id="main" class="my-node">
      {error !== undefined && <ErrorNote words={error} />}
      {data !== undefined && <Words {...data} />}
      {data === undefined && error === undefined && <Skeleton />}
      {data === undefined && error !== undefined && <h1>Your computer</h1>}
    </main>
  )
}

const ENDED = 'This link does not work any more, or is not whole. Ask whoever gave it to you for another.'
const LATE = 'We cannot be reached right now. This page goes on by itself.'

function Words({ node, troubles, health }: OwnerAnswer) {
  const now = useNow()
  const open = troubles.filter(row => row.resolved !== true)
  const recent = open.filter(row => now - Date.parse(String(row.created_at)) < 86_400_000)
  const [sign, title, words] = verdictOf(node, recent.length, now)
  const [latest] = health
  return (
    <>
      <h1>
        <Text max={80}>{node.name}</Text>
      </h1>
      <div class={`owner-verdict ${sign}`}>
        <span class="owner-verdict-sign" aria-hidden="true">
          {sign === 'good' ? '✓' : sign === 'bad' ? '!' : '?'}
        </span>
        <div>
          <p class="owner-verdict-title">{title}</p>
          <p>{words}</p>
        </div>
      </div>
      <dl class="plain-facts">
        <div>
          <dt>We last heard from it</dt>
          <dd>{node.last_seen === undefined ? 'never yet' : <Ago at={node.last_seen} />}</dd>
        </div>
        {latest?.uptime_ms !== undefined && (
          <div>
            <dt>It has been running for</dt>
            <dd>{lengthText(Number(latest.uptime_ms))}</dd>
          </div>
        )}
        {latest?.connection_state !== undefined && (
          <div>
            <dt>Its connection</dt>
            <dd>
              {/^(?:connected|open|online|ok)$/i.test(String(latest.connection_state)) ? (
                'is fine'
              ) : (
                <>
                  is not steady (<Text max={40}>{latest.connection_state}</Text>)
                </>
              )}
            </dd>
          </div>
        )}
      </dl>
      <h2>What happened lately</h2>
      {troubles.length === 0 ? (
        <p>Nothing went wrong.</p>
      ) : (
        <ul class="happened">
          {troubles.slice(0, 10).map((row, i) => (
            <li key={i}>
              <strong>{EVENTS[String(row.type)] ?? 'Something went wrong'}</strong> <Ago at={String(row.created_at)} />
              {row.resolved === true ? ' – that is mended.' : ' – the people who look after it can see this.'}
              <details>
                <summary>What the computer said</summary>
                <p class="mono">
                  <Text max={300}>{row.message}</Text>
                </p>
              </details>
            </li>
          ))}
        </ul>
      )}
      <p class="unit">This page is about this one computer. It renews itself; you can leave it open.</p>
    </>
  )
}

const EVENTS: Readonly<Record<string, string>> = {
  crash_report: 'The program stopped by itself and had to start again',
  connection_degraded: 'The connection was lost or weak',
  error: 'Something did not work',
}

type Verdict = readonly ['good' | 'bad' | 'unsure', string, string]

function verdictOf({ state, last_seen, name }: OwnerAnswer['node'], recent: number, now: number): Verdict {
  if (state === 'revoked')
    return ['unsure', 'It is switched off in our list', 'It does not report any more, and need not.']
  if (last_seen === undefined)
    return [
      'unsure',
      'It has not reported yet',
      `Start the program on ${name.slice(0, 60)}; this page changes by itself when it is heard of.`,
    ]
  if (state === 'silent') {
    return [
      'bad',
      'We do not hear from it',
      `For ${lengthText(now - Date.parse(last_seen))} nothing came. Is it switched on, is its lid open, and is it on the internet? If all of that is so, switch it off and on again.`,
    ]
  }
  if (recent > 0)
    return [
      'unsure',
      'It works, but something went wrong today',
      `${many(recent, 'thing')} happened in the last day. You need not do anything; it goes on by itself.`,
    ]
  return ['good', 'All is well', 'It works, and it is connected. You need not do anything.']
}
