/** What was said of one case, and what is right. */
export interface Outcome {
  readonly name: string
  readonly answer: string
  readonly named: readonly { readonly name: string; readonly confidence?: number; readonly kind?: string }[]
  readonly ms: number
  /** Where all of it is known: what of the first hypothesis is wrong; empty where nothing is. */
  readonly wrong?: readonly string[]
}

const PLACES_TOLD = 3
const CALIBRATION = [
  [0, 0.4],
  [0.4, 0.6],
  [0.6, 0.8],
  [0.8, 1.01],
] as const

export function summary(set: string, outcomes: readonly Outcome[]): object {
  const share = (count: number) => Number((count / Math.max(1, outcomes.length)).toFixed(3))
  const within = (k: number) => outcomes.filter(one => placeOf(one) > 0 && placeOf(one) <= k).length
  const times = outcomes.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (part: number) => Math.round(times[Math.floor(times.length * part)] ?? 0)
  const whole = outcomes.filter(({ wrong }) => wrong !== undefined)
  return {
    ...{ set, cases: outcomes.length, top1: share(within(1)), top3: share(within(3)) },
    ...(whole.length === 0 ? {} : { whole: share(whole.filter(({ wrong }) => wrong!.length === 0).length) }),
    ...{ p50_ms: at(0.5), p95_ms: at(0.95) },
  }
}

export function tell(outcomes: readonly Outcome[]): void {
  for (const one of outcomes) {
    const named = one.named
      .slice(0, PLACES_TOLD)
      .map(({ name, kind, confidence }) => [name, kind, confidence].join(' ').trim())
    const place = placeOf(one) === 0 ? 'not named' : `${placeOf(one)}`
    const whole = (one.wrong?.length ?? 0) === 0 ? '' : `, wrong: ${one.wrong!.join(', ')},`
    console.log(`${one.name}: ${one.answer} is ${place} of [${named.join(', ')}]${whole} in ${Math.round(one.ms)} ms`)
  }
  for (const [from, to] of CALIBRATION) {
    const part = outcomes.filter(({ named }) => {
      const said = named[0]?.confidence
      return said !== undefined && said >= from && said < to
    })
    const right = part.filter(one => placeOf(one) === 1).length
    if (part.length > 0) console.log(`said ${from} to ${Math.min(1, to)}: ${right} of ${part.length} right`)
  }
}

/** From 1; 0 where the answer is not named. */
function placeOf({ named, answer }: Outcome): number {
  return named.findIndex(({ name }) => name === answer) + 1
}
