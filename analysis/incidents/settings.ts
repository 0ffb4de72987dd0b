import type { Severity } from '../detect/tell.ts'
import type { Found } from './found.ts'

/** When findings of some kind open an incident. The first rule that matches decides. */
export interface OpeningRule {
  readonly service?: string | undefined
  readonly operation?: string | undefined
  readonly kind?: Found['kind'] | undefined
  readonly type?: string | undefined
  readonly severity?: Severity | undefined
  /** So many matching findings before it opens; 0: never alone. */
  readonly findings: number
}

export interface IncidentSettings {
  /** Findings that begin so soon after one another belong together, where the map says so. */
  readonly joinMs: number
  /** All is well for so long before it is resolved. */
  readonly resolveAfterMs: number
  /** The same trouble so soon after is the same incident, opened again. */
  readonly reopenMs: number
  readonly rules: readonly OpeningRule[]
}

const MINUTE = 60_000

/** An error opens one; two warnings together do; what is only noted never does, nor a problem that occurred once or twice. */
export const INCIDENT_DEFAULTS: IncidentSettings = {
  joinMs: 10 * MINUTE,
  resolveAfterMs: 5 * MINUTE,
  reopenMs: 30 * MINUTE,
  rules: [
    { kind: 'problem', findings: 0 },
    { severity: 'info', findings: 0 },
    { severity: 'warning', findings: 2 },
    { findings: 1 },
  ],
}

export function ruleFor(found: Found, rules: readonly OpeningRule[]): OpeningRule | undefined {
  return rules.find(
    rule =>
      (rule.service === undefined || rule.service === found.service) &&
      (rule.operation === undefined || rule.operation === found.operation) &&
      (rule.kind === undefined || rule.kind === found.kind) &&
      (rule.type === undefined || rule.type === found.type) &&
      (rule.severity === undefined || rule.severity === found.severity),
  )
}
