/** How figures, times and foreign text are written: the same on every page, never without a unit. */

export type Zone = 'local' | 'utc'

const pad = (value: number, digits = 2) => String(value).padStart(digits, '0')

interface Parts {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly ms: number
}

function partsOf(at: Date, zone: Zone): Parts {
  return zone === 'utc'
    ? {
        year: at.getUTCFullYear(),
        month: at.getUTCMonth() + 1,
        day: at.getUTCDate(),
        hour: at.getUTCHours(),
        minute: at.getUTCMinutes(),
        second: at.getUTCSeconds(),
        ms: at.getUTCMilliseconds(),
      }
    : {
        year: at.getFullYear(),
        month: at.getMonth() + 1,
        day: at.getDate(),
        hour: at.getHours(),
        minute: at.getMinutes(),
        second: at.getSeconds(),
        ms: at.getMilliseconds(),
      }
}

/** `14:03:09` today, `29 Nov 14:03` on other days, with the year where it is another. */
export function timeText(at: Date, zone: Zone, now: Date): string {
  const [then, today] = [partsOf(at, zone), partsOf(now, zone)]
  const clock = `${pad(then.hour)}:${pad(then.minute)}`
  if (then.year === today.year && then.month === today.month && then.day === today.day)
    return `${clock}:${pad(then.second)}`
  const day = `${then.day} ${MONTHS[then.month - 1]}`
  return then.year === today.year ? `${day} ${clock}` : `${day} ${then.year} ${clock}`
}

/** To the millisecond, with the zone. */
export function wholeTimeText(at: Date, zone: Zone): string {
  const { year, month, day, hour, minute, second, ms } = partsOf(at, zone)
  const text = `${year}-${pad(month)}-${pad(day)} ${pad(hour)}:${pad(minute)}:${pad(second)}.${pad(ms, 3)}`
  return `${text} ${zone === 'utc' ? 'UTC' : offsetText(at)}`
}

function offsetText(at: Date): string {
  const minutes = -at.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `UTC${minutes < 0 ? '−' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** `12 s`, `4 min`, `3 h 20 min`, `5 d`: how long something lasted or is ago. */
export function lengthText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 || hours >= 10 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return `${Math.round(hours / 24)} d`
}

/** `0.4 ms`, `12 ms`, `1.25 s`: what a request took. */
export function durationText(ms: number): string {
  if (ms < 1) return `${figure(ms * 1000)} µs`
  if (ms < 1000) return `${figure(ms)} ms`
  if (ms < 120_000) return `${figure(ms / 1000)} s`
  return lengthText(ms)
}

/** Three digits that count. */
function figure(value: number): string {
  if (value === 0) return '0'
  if (value < 10) return String(Number(value.toFixed(2)))
  return value < 100 ? String(Number(value.toFixed(1))) : String(Math.round(value))
}

/** `999`, `12.4 k`, `3.1 M`: only where a heading or the next word says what it counts. */
export function countText(value: number): string {
  const size = Math.abs(value)
  if (size < 1_000) return Number.isInteger(value) ? String(value) : figure(value)
  if (size < 10_000) return `${Math.floor(value / 1000)},${pad(Math.floor(size % 1000), 3)}`
  if (size < 999_500) return `${figure(value / 1_000)} k`
  if (size < 999_500_000) return `${figure(value / 1_000_000)} M`
  return `${figure(value / 1_000_000_000)} G`
}

/** `4.2 %`; a share that is not nothing is never written as 0 %. */
export function shareText(share: number): string {
  const percent = share * 100
  if (percent > 0 && percent < 0.01) return '< 0.01 %'
  if (percent > 99.99 && percent < 100) return '> 99.99 %'
  return `${percent < 10 ? Number(percent.toFixed(2)) : Number(percent.toFixed(1))} %`
}

/** `512 B`, `14.2 MiB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024
  return `${unit === 0 ? value : figure(value)} ${units[unit]}`
}

/** `1 problem`, `2 problems`. */
export function many(count: number, one: string, more = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : more}`
}

/** `3 failures`; nothing between the whole ones: for the axis of a chart of counts. */
export const wholeText = (one: string, more?: string) => (value: number) =>
  Number.isInteger(value) ? many(value, one, more) : ''

/** What would hide text, turn it round or move a cursor, as a sign that can be seen; the rest as it is. */
const HIDING =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

export function visibleText(text: string): string {
  return text.replace(HIDING, '\ufffd')
}

/** The beginning of a text that may be a megabyte long. */
export function beginning(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax)}…`
}
