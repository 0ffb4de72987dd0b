import type { Frame } from './frame.ts'

/** The longest cycle of functions calling each other that is recognised. */
const MAX_PERIOD = 4
/** A function that stands in a trace this often has called itself, directly or through others. */
const MIN_REPEATS = 3

/**
 * `a b a b a b c` becomes `a b c`: how deep a recursion went is chance. Linear: each frame is compared with at most
 * `MAX_PERIOD` earlier ones per period.
 */
export function collapseRecursion(frames: readonly Frame[]): Frame[] {
  const kept: Frame[] = []
  for (const frame of frames) {
    kept.push(frame)
    for (let period = 1; period <= MAX_PERIOD; period++) {
      if (endsTwice(kept, period)) {
        kept.length -= period
        break
      }
    }
  }
  return kept
}

/**
 * The functions of the application that recurse, one of each, sorted. Which of them was the last to fit on the stack
 * is chance too, so where a stack has overflowed the whole cycle is the culprit.
 */
export function recursiveFrames(frames: readonly Frame[]): Frame[] {
  const seen = new Map<string, { frame: Frame; count: number }>()
  for (const frame of frames) {
    if (frame.origin !== 'app') continue
    const entry = seen.get(frame.identity)
    if (entry === undefined) seen.set(frame.identity, { frame, count: 1 })
    else entry.count++
  }
  return [...seen.values()]
    .filter(entry => entry.count >= MIN_REPEATS)
    .map(entry => entry.frame)
    .sort((a, b) => (a.identity < b.identity ? -1 : 1))
}

const OVERFLOW =
  /StackOverflow|RecursionError|SystemStackError|InsufficientExecutionStack|stack overflow|stack level too deep|Maximum call stack|recursion depth exceeded|too much recursion/

/** True where the error says that a stack has overflowed. */
export function isOverflow(type: string, message: string): boolean {
  return OVERFLOW.test(type) || OVERFLOW.test(message)
}

function endsTwice(frames: readonly Frame[], period: number): boolean {
  const start = frames.length - period
  if (start < period) return false
  for (let i = start; i < frames.length; i++) {
    if (frames[i]!.identity !== frames[i - period]!.identity) return false
  }
  return true
}
