const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1_000],
  ['sec', 1_000],
  ['m', 60_000],
  ['min', 60_000],
  ['h', 3_600_000],
])
const PART = /([\d.,'’\s]*\d(?:e[+-]?\d{1,3})?)\s*([a-zµμ]{1,3})?/giy

/**
 * Times as tools write them: `12.5`, `0,160`, `1,234.5`, `1.2e-05`, `80.803us`, `1m30.5s`, `00:00:01.5`. `isComma` says
 * of the whole report that a lone comma divides thousands, which only its other times can tell. What is no time is 0.
 */
export function millisecondsOf(text: string | undefined, isComma = false): number {
  const plain = (text ?? '').trim().slice(0, 60)
  const clock = /^(?:(\d+)\.)?(\d{1,3}):(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)$/.exec(plain)
  if (clock !== null) {
    const [, days = '0', hours, minutes, seconds] = clock
    return positive(
      (Number(days) * 24 + Number(hours)) * 3_600_000 + Number(minutes) * 60_000 + decimal(seconds!, false) * 1_000,
    )
  }
  PART.lastIndex = 0
  let sum = 0
  for (;;) {
    const at = PART.lastIndex
    const part = PART.exec(plain)
    if (part === null) return at === plain.length ? positive(sum) : 0
    const unit = part[2] === undefined ? 1_000 : UNITS_MS.get(part[2].toLowerCase())
    if (unit === undefined) return 0
    sum += decimal(part[1]!, isComma) * unit
  }
}

/** Whether times of a report have a point before their fractions, so that a lone comma is not one. */
export function hasPoint(times: readonly (string | undefined)[]): boolean {
  return times.some(time => time !== undefined && /^[\d,]*\d\.\d+$/.test(time.trim()))
}

function positive(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0
}

function decimal(text: string, isComma: boolean): number {
  const plain = text.replace(/['’\s]/g, '')
  const comma = plain.lastIndexOf(',')
  const point = plain.lastIndexOf('.')
  if (comma < 0) return Number((plain.match(/\./g)?.length ?? 0) > 1 ? plain.replaceAll('.', '') : plain)
  if (point > comma) return Number(plain.replaceAll(',', ''))
  if (point >= 0) return Number(plain.replaceAll('.', '').replace(',', '.'))
  const isThousands = /^[1-9]\d{0,2}(?:,\d{3})+$/.test(plain) && (isComma || plain.indexOf(',') !== comma)
  return Number(isThousands ? plain.replaceAll(',', '') : plain.replace(',', '.'))
}
