import type { Frame } from './frame.ts'

/** What of a stack goes into the fingerprint. */
export interface Decision {
  /** Identities, from the throw site outwards; at most three. */
  readonly parts: readonly string[]
  /** False where nothing in the stack tells this program's errors apart: then the message has to. */
  readonly isTelling: boolean
  /** The frame to look at first; undefined where there is none. */
  readonly culprit: Frame | undefined
}

/**
 * Chooses the frames that say which bug it is, from frames in the order innermost to outermost:
 *
 * - the first telling frame of the application decides, and nothing outside it counts: who called the faulty function,
 *   by which route, whether at once or from a queue, is not the bug;
 * - a generic frame inside it (`query` in `db/client.ts`, `assert`) is where the error was thrown but not whose it is:
 *   the first one is kept beside the deciding frame, those between the two are not;
 * - nameless code inside it counts with its file, where that is another file than the named ones'.
 *
 * Without a telling frame the first placed one decides: a web framework calls `get` of `orders/views.py` itself. Without
 * that there is only the innermost frame of the application or, failing that, of a dependency, and it does not tell.
 */
export function decidingFrames(frames: readonly Frame[]): Decision {
  let nameless: Frame | undefined
  let thrower: Frame | undefined
  let placed: Frame | undefined
  for (const frame of frames) {
    if (frame.origin !== 'app') continue
    if (frame.weight === 'telling') return { parts: partsOf(nameless, thrower, frame), isTelling: true, culprit: frame }
    if (frame.weight === 'placed') placed ??= frame
    if (frame.weight !== 'nameless') thrower ??= frame
    else if (thrower === undefined) nameless ??= frame
  }
  if (placed !== undefined) return { parts: partsOf(nameless, thrower, placed), isTelling: true, culprit: placed }
  const innermost =
    thrower ?? nameless ?? frames.find(frame => frame.origin === 'dependency' && frame.weight !== 'nameless')
  const parts = innermost === undefined ? [] : partsOf(nameless, thrower, innermost)
  return { parts, isTelling: false, culprit: innermost ?? frames.find(frame => frame.origin === 'dependency') }
}

function partsOf(nameless: Frame | undefined, thrower: Frame | undefined, deciding: Frame): string[] {
  const named = [thrower, deciding].flatMap(frame => (frame === undefined ? [] : [frame.identity]))
  const parts =
    nameless === undefined || named.some(identity => identity.endsWith(nameless.identity))
      ? named
      : [nameless.identity, ...named]
  return [...new Set(parts)].filter(part => part !== '@')
}
