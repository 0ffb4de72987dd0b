/** What may be set about the watch over minutes. Each default is a promise of the docs or was measured by `bench:reflexes`. */
export interface DetectSettings {
  /** What chance makes more often than this begins no episode. */
  readonly chanceMax: number
  /** An error rate above it is a breach where it is not as usual: chronic ones are an objective's business. */
  readonly errorRateMax: number
  /** Bad ones that a minute or a few must have before anything is said of them. */
  readonly badMin: number
  /** Requests, likewise: below it a rate is no rate. */
  readonly countMin: number
  /** Slower than the usual P95 by this share is a regression. */
  readonly regressionMin: number
  /** Above what was expected by this share is a spike: 2 is three times as much. */
  readonly spikeMin: number
  /** Less than this share of what was expected is a drop. */
  readonly dropMax: number
  /** Minutes without any request before it is silence. */
  readonly silenceMinutes: number
  /** Usual minutes in a row that end an episode. */
  readonly clearMinutes: number
  /** An episode that begins again so soon is the same one. */
  readonly againMinutes: number
  /** What has lasted so long is the new usual. */
  readonly acceptMinutes: number
  /** Usual minutes before anything is called unusual. */
  readonly learnMinutes: number
  /** After a change of the release a single bad minute is a restart. */
  readonly restartMinutes: number
  /** An operation that usually takes longer waits for something to happen: how long says nothing of it. */
  readonly longPollMs: number
}

export const DETECT_DEFAULTS: DetectSettings = {
  chanceMax: 5e-7,
  errorRateMax: 0.01,
  badMin: 4,
  countMin: 10,
  regressionMin: 0.2,
  spikeMin: 2,
  dropMax: 1 / 3,
  silenceMinutes: 3,
  clearMinutes: 5,
  againMinutes: 10,
  acceptMinutes: 1_440,
  learnMinutes: 4,
  restartMinutes: 3,
  longPollMs: 10_000,
}

/** What the weeks before say of this hour, where they say anything: raises what is tolerated, never lowers it. */
export interface Tolerance {
  /** Error rate, 0 to 1, that 95 % of such hours stay below. */
  readonly errorRate?: number | undefined
  /** P95 in ms, likewise. */
  readonly p95Ms?: number | undefined
  /** Requests a minute: the least and the most of such hours. */
  readonly requestsFrom?: number | undefined
  readonly requestsTo?: number | undefined
}

/** So many minutes are looked at together: short ones find bursts, long ones what few requests show slowly. */
export const WINDOWS: readonly number[] = [1, 2, 3, 5, 10]
export const WINDOW_MAX = 10
/** Minutes that the usual is taken from. */
export const RECENT_MINUTES = 180
/** A minute becomes part of the usual only then: how an episode starts must not be in what it is compared with. */
export const ACCEPT_DELAY = 3
/** Rarer than this is not taken as usual, though it begins nothing. */
export const OFF_CHANCE = 1e-3
/** Rarer than this, a minute's bad ones may be the first of those that follow. */
export const RAISED_CHANCE = 0.05
