import type { KnownIssue } from './match.ts'
import { hasFix } from './versions.ts'

export interface NodeReport {
  readonly nodeName: string
  readonly user: string | undefined
  readonly version: string | undefined
  readonly os: string | undefined
  /** What it reported, its own lines. */
  readonly lines: readonly string[]
}

export type Outcome = 'update_requested' | 'change_requested' | 'reopened' | 'escalated' | 'unknown' | 'self_healing'

export interface Decision {
  readonly outcome: Outcome
  /** What the node is asked to do. */
  readonly command: { readonly type: 'SOFTWARE_UPDATE' | 'CONFIG_CHANGE'; readonly payload: object } | undefined
  /** Somebody has to look at it. */
  readonly reachesPerson: boolean
  /** One sentence. */
  readonly text: string
}

/** What becomes of a critical report: mended by itself, by what the node is asked to do, or by a person. */
export function decide({ nodeName, version }: NodeReport, issue: KnownIssue | undefined): Decision {
  const person = (outcome: Outcome, text: string): Decision => ({
    outcome,
    command: undefined,
    reachesPerson: true,
    text,
  })
  if (issue === undefined) return person('unknown', `${nodeName}: nothing like it is known`)
  const { name, fixType, fixVersion, fixInstructions, autoResolve } = issue
  const isFixed = fixVersion === undefined ? false : (hasFix(version, fixVersion) ?? false)
  if (isFixed) {
    return person('reopened', `${nodeName}: ${name} is back, on ${version}, which has the fix (${fixVersion})`)
  }
  if (fixType === 'self_healing') {
    const text = `${nodeName}: ${name}, which mends itself`
    return { outcome: 'self_healing', command: undefined, reachesPerson: false, text }
  }
  if (fixType === 'update' && fixVersion !== undefined && autoResolve) {
    return {
      outcome: 'update_requested',
      command: { type: 'SOFTWARE_UPDATE', payload: { version: fixVersion } },
      reachesPerson: false,
      text: `${nodeName}: ${name}, fixed in ${fixVersion}; the update is asked for`,
    }
  }
  if (fixType === 'config_change' && autoResolve && fixInstructions !== undefined && fixInstructions !== null) {
    return {
      outcome: 'change_requested',
      command: { type: 'CONFIG_CHANGE', payload: { instructions: fixInstructions } },
      reachesPerson: false,
      text: `${nodeName}: ${name}; the change of its configuration is asked for`,
    }
  }
  const how = fixVersion === undefined ? '' : ` (fixed in ${fixVersion})`
  return person('escalated', `${nodeName}: ${name}${how} has to be mended by hand`)
}

const LINES_TOLD = 8
const LINE_CHARS_MAX = 300

/** The message to whoever looks after nodes, as they know it. */
export function bridgeMessage({ nodeName, user, version, os, lines }: NodeReport): string {
  const [first = '', ...others] = lines.slice(-LINES_TOLD).map(line => line.slice(0, LINE_CHARS_MAX))
  const indent = ' '.repeat(5)
  return [
    'FROM: Telemetry System',
    'CLASS: node_issue',
    `MSG: Node "${nodeName}"${user === undefined ? '' : ` (user: ${user})`} crash report:`,
    ...[first, ...others].map(line => indent + line),
    `${indent}Version: ${version ?? 'unknown'}, OS: ${os ?? 'unknown'}`,
  ].join('\n')
}
