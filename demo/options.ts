import type { Edge } from './around/index.ts'
import { DemoError } from './errors.ts'
import { QUIET, WORLD_NAMES, type WorldName } from './incident/worlds.ts'
import type { RunSummary } from './ledger.ts'

/** What `sensorium demo` can be asked for. Everything has a default. */
export interface DemoOptions {
  /** Fixes what is generated: ids, durations, errors, the incident. Whole number from 0. */
  readonly seed?: number
  /** A world in which no deploy is to blame, or in which nothing goes wrong; without it a deploy is, and the seed says which. */
  readonly world?: WorldName | typeof QUIET
  /** Length of the simulated time. */
  readonly minutes?: number
  /** Customers' requests per simulated second, at the storefront. */
  readonly rate?: number
  /** Simulated seconds per real second: 1 is live, 0 (the default) as fast as the receiver takes it. */
  readonly speed?: number
  /** Base address of an OTLP/HTTP receiver; `/v1/traces` and its siblings are added. */
  readonly endpoint?: string
  /** Where CI, tills, the back office and an agent turn to; without it they are left out, and the shop sends alone. */
  readonly edge?: Edge
  /** Where the ground truth is written as JSON; nowhere when absent. */
  readonly truthFile?: string
  /** Ends the run early: what was generated is flushed, and the ground truth tells of the part that was sent. */
  readonly signal?: AbortSignal
  /** Called about ten times a second at most, and once at the end. */
  readonly onProgress?: (progress: DemoProgress) => void
}

export interface DemoProgress extends RunSummary {
  readonly simulatedSeconds: number
  readonly totalSeconds: number
}

export interface DemoSettings {
  readonly seed: number
  readonly world: WorldName | typeof QUIET | undefined
  readonly minutes: number
  readonly rate: number
  readonly speed: number
  readonly endpoint: string
}

export const DEMO_DEFAULTS: DemoSettings = {
  seed: 1,
  world: undefined,
  minutes: 30,
  rate: 5,
  speed: 0,
  endpoint: 'http://127.0.0.1:4318',
}

/** Shorter runs have no room for a calm before the incident; longer ones than a day outgrow the ground truth. */
const MINUTES = { min: 2, max: 1440 }
/** With fewer requests no statistic shows the incident; with more, one process does not keep up. */
const RATE = { min: 0.5, max: 1000 }

/** @throws DemoError naming every option that cannot be, and what it may be. */
export function demoSettings(options: DemoOptions): DemoSettings {
  const settings: DemoSettings = {
    seed: options.seed ?? DEMO_DEFAULTS.seed,
    world: options.world,
    minutes: options.minutes ?? DEMO_DEFAULTS.minutes,
    rate: options.rate ?? DEMO_DEFAULTS.rate,
    speed: options.speed ?? DEMO_DEFAULTS.speed,
    endpoint: (options.endpoint ?? DEMO_DEFAULTS.endpoint).replace(/\/+$/, ''),
  }
  const faults = faultsOf(settings)
  if (faults.length > 0) throw new DemoError('usage', faults.join('\n'))
  return settings
}

function faultsOf({ seed, world, minutes, rate, speed, endpoint }: DemoSettings): string[] {
  const faults: string[] = []
  if (world !== undefined && world !== QUIET && !WORLD_NAMES.includes(world)) {
    faults.push(`--world ${String(world)}: give one of ${[...WORLD_NAMES, QUIET].join(', ')}`)
  }
  if (!Number.isSafeInteger(seed) || seed < 0) faults.push(`--seed ${seed}: give a whole number from 0`)
  if (!within(minutes, MINUTES)) faults.push(`--minutes ${minutes}: give ${MINUTES.min} to ${MINUTES.max}`)
  if (!within(rate, RATE)) faults.push(`--rate ${rate}: give ${RATE.min} to ${RATE.max} requests per simulated second`)
  if (!(speed === 0 || (Number.isFinite(speed) && speed >= 1))) {
    faults.push(`--speed ${speed}: give 1 or more simulated seconds per second, or 0 for as fast as possible`)
  }
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) {
    faults.push(
      `--endpoint ${endpoint}: give the base address of an OTLP/HTTP receiver, like ${DEMO_DEFAULTS.endpoint}`,
    )
  }
  return faults
}

function within(value: number, { min, max }: { min: number; max: number }): boolean {
  return value >= min && value <= max
}
