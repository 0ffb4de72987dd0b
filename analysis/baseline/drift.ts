import { robustZ } from '../statistics/robust.ts'
import type { SlotLevel } from './week.ts'

export interface DriftRule {
  /** Robust standard deviations from the level of this hour of the week. */
  readonly sigmas: number
  /** Least change, as a share of the level, that anybody cares for. */
  readonly changeMin: number
  /** Which way is worse. */
  readonly worse: 'up' | 'down' | 'both'
}

export interface Drift {
  readonly z: number
  readonly expected: number
  readonly seen: number
  /** Share of the level; 0.2 is 20 % more. */
  readonly change: number
}

/** Deviations below this share of the level are those of a series that hardly moves: a scale of its own would be noise. */
const SIGMA_SHARE_MIN = 0.02

/**
 * Whether an hour is unlike the same hours of earlier weeks: what comes so slowly that each minute looks like the one
 * before it. Undefined where it is not, or where too little is known.
 */
export function driftOf(seen: number, level: SlotLevel | undefined, rule: DriftRule): Drift | undefined {
  if (level === undefined || level.count < 3 || level.ground === 'recent' || !Number.isFinite(seen)) return undefined
  const z = robustZ(seen, level, Math.abs(level.median) * SIGMA_SHARE_MIN)
  const change = level.median === 0 ? Math.sign(seen) : (seen - level.median) / Math.abs(level.median)
  if (Math.abs(z) < rule.sigmas || Math.abs(change) < rule.changeMin) return undefined
  if (rule.worse !== 'both' && z > 0 !== (rule.worse === 'up')) return undefined
  return { z, expected: level.median, seen, change }
}
