/** When something holds, as Alertmanager's `time_intervals` say it; every key that is given must hold. */
export interface TimeInterval {
  readonly times?: readonly { readonly start_time: string; readonly end_time: string }[] | undefined
  readonly weekdays?: readonly string[] | undefined
  readonly days_of_month?: readonly string[] | undefined
  readonly months?: readonly string[] | undefined
  readonly years?: readonly string[] | undefined
  readonly location?: string | undefined
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const MONTHS = [
  'january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december',
] // biome-ignore format: a year is a line
const MINUTES_A_DAY = 1_440
const DAY_MS = 86_400_000

/** The date and time on the wall of a place. */
interface Wall {
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
  readonly weekday: number
  readonly minute: number
}

/**
 * Whether `time` is in the interval, by the clock on the wall of its place, so that quiet hours stay at night when the
 * clocks change. Of one that goes past midnight, days and months are those on which it began.
 */
export function isWithin(interval: TimeInterval, time: Date): boolean {
  const now = wallOf(time, interval.location)
  const spans = interval.times?.map(({ start_time, end_time }) => ({
    start: minutesOf(start_time),
    end: minutesOf(end_time),
  }))
  if (spans === undefined) return isOnDay(interval, now)
  const today = () => isOnDay(interval, now)
  const yesterday = () => isOnDay(interval, dayBefore(now))
  return spans.some(({ start, end }) => {
    if (start < end) return now.minute >= start && now.minute < end && today()
    return (now.minute >= start && today()) || (now.minute < end && yesterday())
  })
}

/** What is wrong with an interval, if anything. */
export function faultOf(interval: TimeInterval): string | undefined {
  try {
    isWithin(interval, new Date(0))
    for (const text of interval.weekdays ?? []) rangeOf(text, WEEKDAYS, 0)
    for (const text of interval.days_of_month ?? []) {
      for (const day of rangeOf(text))
        if (day === 0 || Math.abs(day) > 31) throw new Error(`there is no day ${day} of a month`)
    }
    for (const text of interval.months ?? []) {
      for (const month of rangeOf(text, MONTHS, 1))
        if (month < 1 || month > 12) throw new Error(`there is no month ${month}`)
    }
    for (const text of interval.years ?? []) rangeOf(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function isOnDay(
  { weekdays, days_of_month, months, years }: TimeInterval,
  { year, month, day, weekday }: Wall,
): boolean {
  const among = (ranges: readonly string[] | undefined, value: number, names?: readonly string[], first = 0) =>
    ranges === undefined || ranges.some(text => isBetween(rangeOf(text, names, first), value))
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const isOnMonthDay = days_of_month?.some(text => {
    const [from, to] = rangeOf(text).map(one => (one < 0 ? last + 1 + one : one))
    return isBetween([from!, to!], day) // rangeOf has two
  })
  return (
    among(weekdays, weekday, WEEKDAYS) &&
    isOnMonthDay !== false &&
    among(months, month, MONTHS, 1) &&
    among(years, year)
  )
}

/** Saturday to Monday is a range, too. */
function isBetween([from, to]: readonly [number, number], value: number): boolean {
  return from <= to ? value >= from && value <= to : value >= from || value <= to
}

function rangeOf(text: string, names: readonly string[] = [], first = 0): [number, number] {
  const parts = text.split(':').map(part => {
    const word = part.trim().toLowerCase()
    const index = names.indexOf(word)
    const value = index >= 0 ? index + first : /^-?\d+$/.test(word) ? Number(word) : Number.NaN
    if (Number.isNaN(value))
      throw new Error(`${JSON.stringify(text)} is no range: write ${names[1] ?? '1'}:${names[5] ?? '5'}`)
    return value
  })
  const [from, to = from] = parts
  if (from === undefined || to === undefined || parts.length > 2) throw new Error(`${JSON.stringify(text)} is no range`)
  return [from, to]
}

function minutesOf(text: string): number {
  const [, hours, minutes] = /^(\d{2}):(\d{2})$/.exec(text) ?? []
  const sum = Number(hours) * 60 + Number(minutes)
  if (!(sum <= MINUTES_A_DAY && Number(minutes) < 60))
    throw new Error(`${JSON.stringify(text)} is no time: write 07:00`)
  return sum
}

function dayBefore({ year, month, day, weekday, minute }: Wall): Wall {
  const before = new Date(Date.UTC(year, month - 1, day) - DAY_MS)
  return {
    year: before.getUTCFullYear(),
    month: before.getUTCMonth() + 1,
    day: before.getUTCDate(),
    weekday: (weekday + 6) % 7,
    minute,
  }
}

const formats = new Map<string, Intl.DateTimeFormat>()

function wallOf(time: Date, location = 'UTC'): Wall {
  let format = formats.get(location)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: location,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    })
    formats.set(location, format)
  }
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts
  return { year, month, day, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay(), minute: hour * 60 + minute }
}
