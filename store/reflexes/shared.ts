import { readKnownChanges } from '../changes.ts'
import { contrastFailed, contrastFailures, contrastSince, type SetContrast } from '../contrast/index.ts'
import { type Read, textOrNone } from '../reading.ts'

/** What the bad requests have in common, as findings and tables keep it. */
export interface SharedTraits {
  /** In words: `shop.locale=sv-SE in 76 of 76 failures, 0 of 900 others`. */
  readonly words: string
  readonly traits: readonly {
    readonly attributes: readonly { readonly key: string; readonly value: string }[]
    readonly also: readonly { readonly key: string; readonly value: string }[]
    readonly first: number
    readonly second: number
    readonly chance: number
  }[]
  readonly first: number
  readonly second: number
  readonly of: string
  readonly against: string
}

export interface Where {
  readonly environment: string
  readonly service: string
  readonly operation: string | undefined
  readonly fingerprint: string | undefined
  readonly isSlow: boolean
  readonly since: number
  readonly now: number
}

const TRAITS_MAX = 5
/** What is usual is looked for so long before. */
const BEFORE_MS = 1_800_000

/** Asks a sample of a few hundred spans, once for each episode: nothing that a detector rests on. */
export async function readShared(read: Read, where: Where): Promise<SharedTraits | undefined> {
  const { environment: env, service, operation, fingerprint, isSlow, since, now } = where
  const scope = { from: new Date(since - BEFORE_MS), to: new Date(now), env, visible: null }
  const place = operation === undefined ? undefined : { service, operation }
  const found =
    fingerprint !== undefined
      ? await contrastFailures(read, { ...scope, from: new Date(since) }, fingerprint, scope.from)
      : place === undefined
        ? undefined
        : isSlow
          ? await contrastSince(read, scope, place, new Date(since))
          : await contrastFailed(read, { ...scope, from: new Date(since) }, place)
  return found === undefined || found.shared.length === 0 ? undefined : sharedOf(found)
}

function sharedOf({ shared, first, second, firstIs, secondIs }: SetContrast): SharedTraits {
  const traits = shared.slice(0, TRAITS_MAX).map(one => ({
    attributes: one.traits,
    also: one.also.slice(0, TRAITS_MAX),
    first: one.first,
    second: one.second,
    chance: one.chance,
  }))
  const words = traits.slice(0, 3).map(one => {
    const what = one.attributes.map(({ key, value }) => `${key}=${value}`).join(' and ')
    return `${what} in ${one.first} of ${first} ${firstIs}, ${one.second} of ${second} others`
  })
  return { words: words.join('; '), traits, first, second, of: firstIs, against: secondIs }
}

/** The release of a service whose requests failed since a moment, else that which most went to; undefined where none is told. */
export async function readRelease(
  read: Read,
  { environment, service, since, now }: Pick<Where, 'environment' | 'service' | 'since' | 'now'>,
): Promise<string | undefined> {
  const [row] = await read(
    `SELECT release FROM request_minutes
     WHERE service = $1 AND environment = $2 AND minute >= $3 AND minute <= $4 AND is_request AND release IS NOT NULL
     GROUP BY 1 ORDER BY sum(errors) DESC, sum(requests) DESC, 1 DESC LIMIT 1`,
    [service, environment, new Date(since), new Date(now)],
  )
  return textOrNone(row?.release)
}

const CHANGES_BEFORE_MS = 2 * 3_600_000
const CHANGES_MAX = 5

/** Deploys and changes of configuration before a moment, the newest first, in words. */
export async function readChangedBefore(
  read: Read,
  services: readonly string[],
  at: number,
): Promise<readonly string[]> {
  const changes = await readKnownChanges(read, new Date(at - CHANGES_BEFORE_MS), new Date(at), services)
  return changes.slice(0, CHANGES_MAX).map(change => {
    const minutes = Math.max(0, Math.round((at - change.at) / 60_000))
    const time = new Date(change.at).toISOString().slice(11, 16)
    const release = change.release === undefined ? '' : ` ${change.release}`
    const title = change.title === undefined ? '' : ` "${change.title}"`
    const what = `${change.what}${change.isReturn ? ', a return' : ''}`
    return `${change.service}${release} (${what}) at ${time} UTC, ${minutes} min before${title}`
  })
}
