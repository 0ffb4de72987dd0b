/** A part of a system of which only a level is known: its latency or its availability. */
export interface Part {
  readonly name: string
  /** Levels of a quiet time, and of the time that is explained. NaN where there is none. */
  readonly usual: readonly number[]
  readonly during: readonly number[]
  /** It sends nothing itself: what is known of it is how its callers see it. */
  readonly isSilent: boolean
}

/** A part at which the trouble seen at another one may begin. */
export interface Culprit {
  readonly name: string
  readonly score: number
  /** Standard deviations from the usual level. */
  readonly z: number
  /** How far the level moved, in its own unit. */
  readonly moved: number
  /** From the part at which the trouble is seen to this one, along calls. */
  readonly path: readonly string[]
}

/** Whether high levels (latency) or low ones (availability) are bad. */
export type BadSide = 'high' | 'low'

const Z_MIN = 3
const LEVELS_MIN = 5
/** A series that hardly moves is not infinitely sensitive. */
const NOISE_SHARE = { high: 0.02, low: 0.002 }
/** What a silent part does is told by its callers alone, who may themselves be what is slow. */
const SILENT_FACTOR = 0.35
/** So much of what a part's callee moved is taken as its own explanation. */
const EXPLAINED_SHARE = 0.8

/**
 * Where trouble begins that is seen at one part, from levels and the graph of calls alone: follows calls to parts that
 * are off their usual level, too, and asks of each how much its own callees do not explain. For systems that send
 * metrics and no traces; the likeliest first. (A traversal of anomalies along the graph, after Chen et al., "CauseInfer",
 * 2014, with what is explained taken off.)
 */
export function culpritsOf(
  seenAt: string,
  parts: readonly Part[],
  calls: ReadonlyMap<string, readonly string[]>,
  bad: BadSide,
): Culprit[] {
  const offs = new Map(parts.map(part => [part.name, offOf(part, bad)]))
  const silent = new Set(parts.filter(({ isSilent }) => isSilent).map(({ name }) => name))
  const isOff = (name: string) => (offs.get(name)?.z ?? 0) >= Z_MIN
  const paths = pathsFrom(seenAt, calls, name => name === seenAt || isOff(name) || offs.get(name) === undefined)
  return [...paths]
    .flatMap(([name, path]) => {
      const off = offs.get(name)
      if (off === undefined || (off.z < Z_MIN && name !== seenAt)) return []
      const callees = (calls.get(name) ?? []).filter(callee => callee !== name && isOff(callee))
      const told = callees.filter(callee => !silent.has(callee))
      const below = (told.length > 0 ? told : callees).reduce(
        (most, callee) => Math.max(most, offs.get(callee)!.moved),
        0,
      )
      const own = Math.max(0, off.moved - EXPLAINED_SHARE * below) / off.moved || 0
      const score = Math.log1p(Math.max(0, off.z)) * own * (silent.has(name) ? SILENT_FACTOR : 1)
      return [{ name, score, z: off.z, moved: off.moved, path }]
    })
    .sort((a, b) => b.score - a.score || b.path.length - a.path.length)
}

interface Off {
  readonly z: number
  readonly moved: number
}

function offOf({ usual, during }: Part, bad: BadSide): Off | undefined {
  const past = usual.filter(Number.isFinite).sort((a, b) => a - b)
  const now = during.filter(Number.isFinite)
  if (past.length < LEVELS_MIN || now.length === 0) return undefined
  const middle = past[past.length >> 1]!
  const mean = past.reduce((sum, value) => sum + value, 0) / past.length
  const deviation = Math.sqrt(past.reduce((sum, value) => sum + (value - mean) ** 2, 0) / past.length)
  const sigma = Math.max(deviation, NOISE_SHARE[bad] * Math.abs(middle), Number.MIN_VALUE)
  const moved = bad === 'high' ? Math.max(...now) - middle : middle - Math.min(...now)
  return { z: moved / sigma, moved }
}

/** The shortest way to each part that can be reached through parts that `leads` accepts. */
function pathsFrom(
  start: string,
  calls: ReadonlyMap<string, readonly string[]>,
  leads: (name: string) => boolean,
): Map<string, readonly string[]> {
  const paths = new Map<string, readonly string[]>([[start, [start]]])
  const queue = [start]
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    for (const callee of calls.get(name) ?? []) {
      if (paths.has(callee) || !leads(callee)) continue
      paths.set(callee, [...paths.get(name)!, callee])
      queue.push(callee)
    }
  }
  return paths
}
