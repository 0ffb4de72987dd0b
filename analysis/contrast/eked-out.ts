import { type Contrast, contrast } from './index.ts'
import { isMachine } from './machines.ts'
import type { Trait } from './trait.ts'
import type { Units } from './traits.ts'

const RELEASE = /(?:^|\/)service\.version$/

/**
 * Contrast with a second set that has too few units of the same time, `during`, and was eked out with units of before,
 * which come after them. Processes come and go: a pod that began since tells nothing against units of before, which its
 * machine served, too. So what says where it ran, and its release, is compared within the same time.
 */
export function contrastEkedOut({ first, second, traits }: Units, during: number): Contrast {
  const isPlace = ({ key }: Trait) => isMachine(key.split('/').at(-1)!)
  const isRelease = ({ key }: Trait) => RELEASE.test(key)
  const places = traits
    .filter(one => isPlace(one) || isRelease(one))
    .map(one => ({ ...one, units: one.units.filter(unit => unit < first + during) }))
  const near = contrast({ first, second: during, traits: places })
  const told = new Set(near.shared.flatMap(({ traits, also }) => [...traits, ...also]).map(({ key }) => key))
  const others = traits.filter(one => !isPlace(one) && !(isRelease(one) && told.has(one.key)))
  const far = contrast({ first, second, traits: others })
  return {
    ...{ first, second, compared: near.compared + far.compared },
    shared: [...near.shared, ...far.shared].sort(
      (a, b) => b.firstShare - b.secondShare - (a.firstShare - a.secondShare),
    ),
    explained: [...near.explained, ...far.explained],
  }
}
