const DAY_MS = 86_400_000
/** A week: what happens on one day of it is known the next time. */
const DAYS = 7
/** Spacings that are looked at before the length of a day in values is settled. */
const SPACINGS = 99
/** A day of half minutes; what comes closer together has too many values a day to be held. */
const MAX_VALUES_A_DAY = 2_880
/** Values whose mean is compared. */
const LENGTH = 6

/**
 * How far the mean of the last values is from the nearest one at this time of day in the week before, give or take the
 * length of the mean, since daily jobs start a little early or late (the seasonal naive forecast, Hyndman and
 * Athanasopoulos 2021, with the best of several pasts). 0 until a day has passed, and for series that are spaced too
 * closely or have no order in time. A gap in the series shifts the days before it.
 */
export function createSeason(): (timeMs: number, value: number) => number {
  const recent = new Float64Array(LENGTH)
  const spacings: number[] = []
  const early: number[] = []
  let lastMs: number | undefined
  let past: Float64Array | undefined
  let valuesADay = 0
  let count = 0

  const settle = (): void => {
    const spacing = spacings.sort((a, b) => a - b)[Math.floor(spacings.length / 2)]!
    valuesADay = spacing > 0 ? Math.round(DAY_MS / spacing) : 0
    if (valuesADay < 2 * LENGTH || valuesADay > MAX_VALUES_A_DAY) valuesADay = 0
    else {
      // One more length than the week, so that the oldest day has its earlier neighbour.
      past = new Float64Array(DAYS * valuesADay + LENGTH + 1)
      for (const [i, mean] of early.entries()) past[i % past.length] = mean
    }
    early.length = 0
  }

  return (timeMs, value) => {
    recent[count % LENGTH] = value
    const filled = Math.min(count + 1, LENGTH)
    let sum = 0
    for (let back = 0; back < filled; back++) sum += recent[(count - back) % LENGTH]!
    const mean = sum / filled

    if (spacings.length < SPACINGS) {
      if (lastMs !== undefined) spacings.push(timeMs - lastMs)
      lastMs = timeMs
      early.push(mean)
      if (spacings.length === SPACINGS) settle()
    } else if (past !== undefined) past[count % past.length] = mean
    count++
    if (past === undefined || count <= valuesADay + LENGTH) return 0

    let nearest = Number.POSITIVE_INFINITY
    for (let day = 1; day <= DAYS; day++) {
      for (let shift = -LENGTH; shift <= LENGTH; shift += LENGTH) {
        const place = count - 1 - day * valuesADay + shift
        if (place >= 0) nearest = Math.min(nearest, Math.abs(mean - past[place % past.length]!))
      }
    }
    return nearest
  }
}
