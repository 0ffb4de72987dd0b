import { type RobustLevel, robustLevel } from '../statistics/robust.ts'

/** A stretch of time in ms since 1970; `until` is not part of it. */
export interface Stretch {
  readonly from: number
  readonly until: number
}

export interface HourValue {
  /** Start of the hour, ms since 1970. */
  readonly time: number
  readonly value: number
}

export const SLOTS = 168
const HOUR_MS = 3_600_000
const DAY_HOURS = 24
/** 1 January 1970 was a Thursday; slot 0 is Monday 00:00 UTC. */
const FIRST_SLOT = 72

/** Which hour of the week a time lies in, 0 to 167. */
export function hourOfWeek(timeMs: number): number {
  return (Math.floor(timeMs / HOUR_MS) + FIRST_SLOT) % SLOTS
}

/** What the level rests on: the hour of the week, the hour of the day, or whatever there is. */
export type Ground = 'hour_of_week' | 'hour_of_day' | 'recent'

export interface SlotLevel extends RobustLevel {
  readonly ground: Ground
}

/** Fewer say nothing about how far values scatter. */
const VALUES_MIN = 3

/**
 * Levels by hour of the week. An hour that was seen too rarely takes the same hour of other days, and then all hours:
 * so there is an answer from the first hours on, and a better one with each week. Hours that touch one of `ignored`,
 * such as known incidents, are no part of it, or the next incident would be usual.
 *
 * @returns undefined for every slot where nothing is known at all.
 */
export function weekOf(values: readonly HourValue[], ignored: readonly Stretch[]): readonly (SlotLevel | undefined)[] {
  const kept = values.filter(
    ({ time, value }) =>
      Number.isFinite(value) && !ignored.some(({ from, until }) => time < until && time + HOUR_MS > from),
  )
  const bySlot = Map.groupBy(kept, ({ time }) => hourOfWeek(time))
  const byHour = Map.groupBy(kept, ({ time }) => hourOfWeek(time) % DAY_HOURS)
  const level = (some: readonly HourValue[] | undefined, ground: Ground): SlotLevel | undefined =>
    some === undefined ? undefined : { ...robustLevel(some.map(({ value }) => value)), ground }
  const hours = Array.from({ length: DAY_HOURS }, (_, hour) => level(byHour.get(hour), 'hour_of_day'))
  const all = kept.length === 0 ? undefined : level(kept, 'recent')
  return Array.from({ length: SLOTS }, (_, slot) => {
    const own = bySlot.get(slot)
    if (own !== undefined && own.length >= VALUES_MIN) return level(own, 'hour_of_week')
    const ofDay = hours[slot % DAY_HOURS]
    return ofDay !== undefined && ofDay.count >= VALUES_MIN ? ofDay : all
  })
}
