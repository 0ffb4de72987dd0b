import type pg from 'pg'
import { type Burn, type BurnChange, createObjective, type ObjectiveState } from '../../analysis/slo/objective.ts'
import { inTransaction } from '../connect.ts'
import { advance, readWatermark } from '../jobs/state.ts'
import { type FindingData, noteFinding } from './finding.ts'
import { createLateMinutes, noteJudged, readStored } from './late-minutes.ts'
import {
  burnId,
  burnSentence,
  type ObjectiveConfig,
  readBurnsOver,
  readEvents,
  readOpenBurns,
  writeBurn,
  writeStatus,
} from './objectives.ts'

export interface ObjectiveOptions {
  readonly objectives: readonly ObjectiveConfig[]
  readonly lateMs: number
  readonly receiver: string
}

export interface ObjectiveReflex {
  round(client: pg.ClientBase, now: number): Promise<number>
}

const MINUTE_MS = 60_000
/** The longest window of a burn rate; older minutes count for the budget alone. */
const WARM_MIN_MINUTES = 4_320

/** Objectives over what is stored. What a process remembers is made anew from the minutes of the period. */
export function createObjectiveReflex({ objectives, lateMs, receiver }: ObjectiveOptions): ObjectiveReflex {
  let states: { readonly objective: ObjectiveConfig; readonly state: ObjectiveState }[] | undefined
  let judgedUntil = Number.NaN
  const late = createLateMinutes('slos')
  return {
    async round(client, now) {
      if (objectives.length === 0) return 0
      const until = Math.floor((now - lateMs) / MINUTE_MS) * MINUTE_MS
      const stored = (await readWatermark(client, 'slos'))?.getTime()
      const again = await late.earliest(client, Math.min(stored ?? until, until), now)
      const isAgain = typeof again === 'number' && stored !== undefined
      if (isAgain) states = undefined
      const mark = isAgain ? again : stored
      if (mark !== undefined && mark >= until) return 0
      if (states === undefined || mark !== judgedUntil) {
        judgedUntil = mark ?? until - MINUTE_MS
        states = []
        for (const objective of objectives)
          states.push({ objective, state: await warm(client, objective, judgedUntil) })
      }
      const from = judgedUntil
      const seen = await readStored(client, from, until)
      const changes: { objective: ObjectiveConfig; change: BurnChange }[] = []
      for (const { objective, state } of states) {
        const events = await readEvents(client, objective, from, until)
        const found = events.flatMap(minute => state.step(minute))
        const told = isAgain ? await readBurnsOver(client, objective, from) : []
        changes.push(...untold(found, told).map(change => ({ objective, change })))
      }
      await inTransaction(client, async () => {
        for (const { objective, change } of changes) {
          const revision = await writeBurn(client, objective, change, now)
          await noteFinding(client, receiver, findingOf(objective, change, revision, now))
        }
        for (const { objective, state } of states ?? []) {
          await writeStatus(client, objective, { ...state.period(), burning: state.open()[0]?.rule.name }, now)
        }
        await noteJudged(client, 'slos', seen, until)
        await advance(client, 'slos', new Date(until))
      }).catch((error: unknown) => {
        states = undefined
        throw error
      })
      judgedUntil = until
      return changes.length
    },
  }
}

/** Old minutes without a word; then what was burning when they ended burns on. */
async function warm(client: pg.ClientBase, objective: ObjectiveConfig, until: number): Promise<ObjectiveState> {
  const { target, periodMinutes, rules } = objective
  const state = createObjective({ target, periodMinutes, rules })
  const from = until - Math.max(periodMinutes, WARM_MIN_MINUTES) * MINUTE_MS
  const minutes = await readEvents(client, objective, from, until)
  // Before the first request nothing was expected.
  const first = minutes.findIndex(({ total }) => total > 0)
  for (const minute of first < 0 ? [] : minutes.slice(first)) state.step(minute)
  state.adopt(await readOpenBurns(client, objective))
  return state
}

/** Minutes that are judged again find burns again that were told and are over, perhaps from another minute on. */
function untold(changes: readonly BurnChange[], told: readonly Burn[]): readonly BurnChange[] {
  const ends = new Map(changes.map(({ burn }) => [`${burn.rule.name} ${burn.since}`, burn.until]))
  return changes.filter(({ burn }) => {
    const until = ends.get(`${burn.rule.name} ${burn.since}`)
    return !told.some(
      one => until !== undefined && one.rule.name === burn.rule.name && one.since <= until && burn.since <= one.until!,
    )
  })
}

function findingOf(objective: ObjectiveConfig, change: BurnChange, revision: number, now: number): FindingData {
  const { burn, what } = change
  const id = burnId(objective, burn)
  return {
    event: what === 'started' ? 'slo.burn.started' : 'slo.burn.ended',
    id: `slo/${id}`,
    kind: 'slo',
    severity: burn.rule.severity,
    service: objective.service,
    environment: objective.environment,
    at: new Date(burn.until ?? burn.since).toISOString(),
    title: `${objective.service}: "${objective.title}" burns its error budget`,
    body:
      what === 'muted'
        ? `${burnSentence(objective, change)}; a faster burn tells of it`
        : burnSentence(objective, change),
    since: new Date(burn.since).toISOString(),
    until: burn.until === undefined ? undefined : new Date(burn.until).toISOString(),
    expected: `at most ${burn.rule.factor} times the rate that the budget lasts for`,
    seen: `${Number(burn.peakRate.toPrecision(3))} times`,
    operation: objective.operation,
    link: `/slos/${objective.name}`,
    evidence: [`SELECT * FROM slo_status WHERE objective = '${objective.name}'`],
    revision,
    attributes: {
      'slo.objective': objective.name,
      'slo.rule': burn.rule.name,
      'slo.told_at': new Date(now).toISOString(),
    },
  }
}
