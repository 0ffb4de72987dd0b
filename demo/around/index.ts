import type { Nanos, Timeline } from '../clock.ts'
import type { Plan } from '../incident/plan.ts'
import type { Random } from '../random.ts'
import { askAsAgent } from './agent.ts'
import { ciReports } from './ci.ts'
import { type Edge, EdgeRefusal, post, postAll } from './edge.ts'
import { sendEvents } from './events.ts'
import { heartbeatOf, TILLS, tillReports } from './tills.ts'

export type { Edge, TillIdentity } from './edge.ts'

/** What was sent of what is around the shop, and what was left out and why. */
export interface AroundSummary {
  readonly ciReports: number
  readonly tillReports: number
  readonly events: number
  readonly agentCalls: number
  readonly leftOut: readonly string[]
}

export interface Around {
  readonly edge: Edge
  readonly plan: Plan
  readonly timeline: Timeline
  readonly duration: Nanos
  readonly random: Random
}

/**
 * What is around the shop tells of itself as it does in life, at the edge endpoints: CI and developers' machines, tills in
 * branches, the back office's signed events, and an agent that asks. What is refused is left out and told: the shop's own
 * telemetry is there all the same.
 */
export async function sendAround({ edge, plan, timeline, duration, random }: Around): Promise<AroundSummary> {
  const leftOut: string[] = []
  const part = async (what: string, send: () => Promise<number>): Promise<number> => {
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof EdgeRefusal)) throw error
      leftOut.push(`${what}: ${error.message}`)
      return 0
    }
  }
  const { eventSecret, registerTills } = edge
  const [reports, tills, events] = await Promise.all([
    part('CI', () => sendCi(edge, ciReports(plan, timeline, random.fork('ci')))),
    registerTills === undefined ? 0 : part('tills', () => sendTills(edge, registerTills, timeline, duration)),
    eventSecret === undefined
      ? 0
      : part('signed events', () => sendEvents(edge, timeline, duration, random.fork('events'))),
  ])
  const agentCalls = await part('an agent', () => askAsAgent(edge))
  return { ciReports: reports, tillReports: tills, events, agentCalls, leftOut }
}

/** The last once more, as a job does that lost the answer: it is stored once, and counted as deduplicated. */
async function sendCi(edge: Edge, reports: readonly object[]): Promise<number> {
  const headers: Record<string, string> = edge.ciToken === undefined ? {} : { authorization: `Bearer ${edge.ciToken}` }
  await postAll(reports, body => post(edge, '/ingest/ci', body, headers))
  await post(edge, '/ingest/ci', JSON.stringify(reports.at(-1)), headers)
  return reports.length
}

async function sendTills(
  edge: Edge,
  register: NonNullable<Edge['registerTills']>,
  timeline: Timeline,
  duration: Nanos,
): Promise<number> {
  const keys = await register(TILLS)
  const headers = ({ id }: { readonly id: string }) => ({ 'x-node-key': keys.get(id) ?? '' })
  const reports = tillReports(timeline, duration)
  for (const { till, body } of reports) await post(edge, '/api/node/telemetry', JSON.stringify(body), headers(till))
  const alive = TILLS.filter(({ silentSince }) => silentSince === undefined)
  for (const till of alive) await post(edge, '/api/node/heartbeat', JSON.stringify(heartbeatOf(till)), headers(till))
  return reports.length + alive.length
}
