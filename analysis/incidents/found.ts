import type { Severity } from '../detect/tell.ts'

/** Something that was found, as incidents see it. Times in ms since 1970. */
export interface Found {
  readonly id: string
  readonly kind: 'anomaly' | 'problem' | 'slo' | 'node'
  /** Of an anomaly its type and metric, of a problem `new` or `regressed`, of an objective its rule. */
  readonly type: string
  readonly metric?: string | undefined
  readonly environment: string
  readonly service: string
  readonly operation?: string | undefined
  /** Who is called, where calls are what is unusual. */
  readonly callee?: string | undefined
  readonly fingerprint?: string | undefined
  readonly severity: Severity
  readonly since: number
  readonly until?: number | undefined
  /** It was over when its records came, all at once: news still, though it never was going on here. */
  readonly wasOver?: boolean | undefined
  /** One sentence. */
  readonly sentence: string
}

/** Fewer requests than expected, or none. */
export function isWanting({ metric, type }: Found): boolean {
  return metric === 'requests' && (type === 'drop' || type === 'silence')
}

/** Which service calls which, in one environment. */
export interface ServiceMap {
  /** Services that it calls or takes messages from. */
  callees(service: string): readonly string[]
}

export const SEVERITIES: readonly Severity[] = ['info', 'warning', 'error', 'critical']

export function worstOf(severities: readonly Severity[]): Severity {
  return SEVERITIES[Math.max(0, ...severities.map(severity => SEVERITIES.indexOf(severity)))]!
}

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least)
}

export function mapOf(edges: readonly { readonly caller: string; readonly callee: string }[]): ServiceMap {
  const callees = Map.groupBy(edges, ({ caller }) => caller)
  return { callees: service => [...new Set((callees.get(service) ?? []).map(({ callee }) => callee))] }
}

/** Everything that a service rests on, itself left out; circles are walked once. */
export function dependenciesOf(service: string, map: ServiceMap): ReadonlySet<string> {
  const seen = new Set<string>()
  const walk = (one: string): void => {
    for (const callee of map.callees(one)) {
      if (callee === service || seen.has(callee)) continue
      seen.add(callee)
      walk(callee)
    }
  }
  walk(service)
  return seen
}

/** Whether one of them rests on the other. */
export function areRelated(a: string, b: string, map: ServiceMap): boolean {
  return a === b || dependenciesOf(a, map).has(b) || dependenciesOf(b, map).has(a)
}
