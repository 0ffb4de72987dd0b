/** What a destination knows and what is so, of one finding of a group. */
export interface Member {
  readonly id: string
  /** What is the same when it comes again as another episode. */
  readonly series: string
  readonly state: 'firing' | 'ended' | 'event'
  readonly revision: number
  /** Rank, 0 for harmless. */
  readonly severity: number
  readonly isAcknowledged: boolean
  readonly startedMs: number
  readonly endedMs?: number | undefined
  /** How often this very finding ended and began again. */
  readonly restarts: number
  /** Its source says itself when it is over, after waiting: an incident. */
  readonly isSettled: boolean
  readonly heldBackBy?: HeldBackBy | undefined
  readonly told?: Told | undefined
}
export type HeldBackBy = 'silence' | 'maintenance' | 'mute' | 'inhibit'

/** What was said last. `dropped`: nothing was, and nothing will be. */
export interface Told {
  readonly state: 'firing' | 'ended' | 'dropped'
  readonly revision: number
  readonly severity: number
  readonly isAcknowledged: boolean
  readonly atMs: number
}

export type Change = 'new' | 'escalated' | 'acknowledged' | 'update' | 'again' | 'resolved'

export interface Timing {
  readonly groupIntervalMs: number
  readonly repeatIntervalMs: number
  /** Of the group's last message. */
  readonly notifiedMs?: number | undefined
}

export interface Decision {
  /** What the message says; empty: there is none. */
  readonly tell: readonly { readonly id: string; readonly change: Change }[]
  /** What counts as told from now on, for those told here and those passed over in silence. */
  readonly told: ReadonlyMap<string, Told>
  /** Over and said, and too long ago to matter. */
  readonly forget: readonly string[]
  /** When to look again; undefined where only a new record can change anything. */
  readonly lookAtMs?: number | undefined
  /** Whether something that was told still fires afterwards. */
  readonly isFiring: boolean
}

/** For records that come late or again, and to know a series that comes back. */
const KEEP_MS = 24 * 3_600_000
/** Past this the wait is the repeat interval anyway. */
const RESTARTS_MAX = 16

/**
 * What a destination is to be told of a group now (after Alertmanager's dispatcher, with a memory of each series):
 * findings that are new, worse, acknowledged or changed; those that last, once in a repeat interval; those that are over.
 *
 * A series that comes and goes is told once: its end is believed after twice the group interval, and each restart
 * doubles that. What began and ended unheard, or was silenced or inhibited until its end, is never told; what quiet hours
 * held back is told after them if it lasts, and events in any case.
 *
 * @param wants what the destination can do something with; the rest passes in silence
 */
export function decide(
  members: readonly Member[],
  timing: Timing,
  wants: ReadonlySet<Change>,
  nowMs: number,
): Decision {
  const tell: { id: string; change: Change }[] = []
  const told = new Map<string, Told>()
  const forget: string[] = []
  let lookAtMs = Number.POSITIVE_INFINITY

  const say = (member: Member, change: Change) => {
    if (wants.has(change)) tell.push({ id: member.id, change })
    told.set(member.id, toldNow(member, nowMs))
  }
  const pass = (member: Member, as: Told['state'], atMs = nowMs) =>
    told.set(member.id, { ...toldNow(member, atMs), state: as })
  const wait = (untilMs: number) => {
    lookAtMs = Math.min(lookAtMs, untilMs)
  }
  const nextMs = nowMs + timing.groupIntervalMs

  for (const series of bySeries(members)) {
    const conditions = series.filter(({ state }) => state !== 'event')
    const holdMs = holdOf(conditions, timing, nowMs)
    /** Told as firing and over since, the newest first: a new episode takes the place of one of them. */
    const lingering = conditions.filter(({ state, told }) => state === 'ended' && told?.state === 'firing').toReversed()
    for (const member of series) {
      const { state, heldBackBy } = member
      const isTold = member.told !== undefined
      if (state === 'event') {
        if (isTold) continue
        if (heldBackBy === 'mute') wait(nextMs)
        else if (heldBackBy !== undefined) pass(member, 'dropped')
        else say(member, 'new')
      } else if (state === 'firing') {
        wait(nextMs)
        if (heldBackBy !== undefined) continue
        if (member.told?.state === 'firing') {
          const change = changeOf(member, member.told)
          if (change !== undefined) say(member, change)
          continue
        }
        const before = lingering.shift()?.told
        if (before === undefined || member.severity > before.severity)
          say(member, before === undefined ? 'new' : 'escalated')
        else pass(member, 'firing', before.atMs)
      }
    }
    for (const member of conditions) {
      if (member.state !== 'ended') continue
      if (member.told === undefined) pass(member, 'dropped')
      else if (member.told.state === 'firing' && !lingering.includes(member)) pass(member, 'ended', member.told.atMs)
      else if (member.told.state === 'firing') {
        const believedMs = (member.endedMs ?? nowMs) + holdMs
        if (nowMs < believedMs) wait(believedMs)
        else if (member.heldBackBy !== undefined) wait(nextMs)
        else say(member, 'resolved')
      }
    }
  }

  const after = (member: Member) => told.get(member.id) ?? member.told
  const lasting = members.filter(member => after(member)?.state === 'firing')
  const awake = lasting.filter(
    ({ state, isAcknowledged, heldBackBy }) => state === 'firing' && !isAcknowledged && heldBackBy === undefined,
  )
  if (timing.notifiedMs !== undefined && awake.length > 0 && tell.length === 0) {
    const repeatMs = timing.notifiedMs + timing.repeatIntervalMs
    if (nowMs >= repeatMs) for (const member of awake) say(member, 'again')
    else wait(repeatMs)
  }
  for (const member of members) {
    const isOver = member.state === 'event' || member.state === 'ended'
    const lastMs = Math.max(member.endedMs ?? member.startedMs, after(member)?.atMs ?? 0)
    const keepMs = Math.max(KEEP_MS, timing.repeatIntervalMs)
    if (isOver && after(member) !== undefined && after(member)?.state !== 'firing' && nowMs - lastMs > keepMs)
      forget.push(member.id)
  }
  return {
    tell,
    told,
    forget,
    lookAtMs: Number.isFinite(lookAtMs) ? lookAtMs : undefined,
    isFiring: lasting.length > 0,
  }
}

function toldNow({ state, revision, severity, isAcknowledged }: Member, atMs: number): Told {
  return { state: state === 'firing' ? 'firing' : 'ended', revision, severity, isAcknowledged, atMs }
}

function changeOf(member: Member, told: Told): Change | undefined {
  if (member.severity > told.severity) return 'escalated'
  if (member.isAcknowledged && !told.isAcknowledged) return 'acknowledged'
  return member.revision > told.revision ? 'update' : undefined
}

/** How long an end is doubted. */
function holdOf(conditions: readonly Member[], { groupIntervalMs, repeatIntervalMs }: Timing, nowMs: number): number {
  const recent = conditions.filter(({ startedMs, endedMs }) => nowMs - (endedMs ?? startedMs) <= repeatIntervalMs)
  const restarts = recent.reduce((sum, member) => sum + member.restarts, 0) + Math.max(0, recent.length - 1)
  if (restarts === 0 && conditions.every(({ isSettled }) => isSettled)) return 0
  return Math.min(groupIntervalMs * 2 ** (1 + Math.min(restarts, RESTARTS_MAX)), repeatIntervalMs)
}

function bySeries(members: readonly Member[]): Iterable<readonly Member[]> {
  const series = new Map<string, Member[]>()
  for (const member of members.toSorted((a, b) => a.startedMs - b.startedMs)) {
    const list = series.get(member.series)
    if (list === undefined) series.set(member.series, [member])
    else list.push(member)
  }
  return series.values()
}
