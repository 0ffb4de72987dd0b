import { z } from 'zod'
import { readAlertingFile } from './files.ts'

/** Limits by their key below `watch` of config/alerts.yaml. */
export type Limits = Readonly<Record<string, number>>

const rule = z.looseObject({
  uid: z.string(),
  title: z.string(),
  data: z.array(z.looseObject({ model: z.looseObject({ type: z.string().optional() }) })),
  annotations: z.record(z.string(), z.string()),
})
const rulesFile = z.object({
  groups: z.array(z.object({ name: z.string(), folder: z.string(), interval: z.string(), rules: z.array(rule) })),
})
const contactPointsFile = z.object({
  contactPoints: z
    .array(
      z.object({
        name: z.string(),
        receivers: z
          .array(z.object({ uid: z.string(), type: z.string(), settings: z.record(z.string(), z.unknown()) }))
          .length(1),
      }),
    )
    .length(1),
})
const policiesFile = z.object({
  policies: z.array(z.object({ routes: z.array(z.looseObject({ receiver: z.string() })).length(1) })).length(1),
})

/** A group of rules as Grafana's HTTP API has it. */
export interface RuleGroup {
  readonly title: string
  readonly folderUid: string
  /** Seconds. */
  readonly interval: number
  readonly rules: readonly Readonly<Record<string, unknown>>[]
}

export interface Alerting {
  readonly groups: readonly RuleGroup[]
  /** Without an address nobody is told by Grafana, and its contact points and policies are left as they are. */
  readonly told: { readonly contactPoint: ContactPoint; readonly route: Route } | undefined
}

export interface ContactPoint {
  readonly uid: string
  readonly name: string
  readonly type: string
  readonly settings: Readonly<Record<string, unknown>>
}

export interface Route extends Readonly<Record<string, unknown>> {
  readonly receiver: string
}

export interface AlertingOptions {
  readonly folderUid: string
  readonly limits: Limits
  /** Where docs/runbooks can be read; without it rules name the page. */
  readonly runbooksUrl: string | undefined
  /** Who is told, by mail. */
  readonly email: string | undefined
}

/** The provisioning files as the HTTP API takes them, with these limits and addresses. */
export async function readAlerting({ folderUid, limits, runbooksUrl, email }: AlertingOptions): Promise<Alerting> {
  const { groups } = rulesFile.parse(await readAlertingFile('rules'))
  return {
    groups: groups.map(({ name, interval, rules }) => ({
      title: name,
      folderUid,
      interval: secondsOf(interval),
      rules: rules.map(one => ({
        ...unescaped(withRunbook(withLimit(one, limits), runbooksUrl)),
        orgID: 1,
        folderUID: folderUid,
        ruleGroup: name,
      })),
    })),
    told: email === undefined ? undefined : await readTold(email),
  }
}

async function readTold(email: string): Promise<Alerting['told']> {
  const { contactPoints } = contactPointsFile.parse(await readAlertingFile('contact-points'))
  const { policies } = policiesFile.parse(await readAlertingFile('policies'))
  const [{ name, receivers }] = contactPoints as [(typeof contactPoints)[number]] // one, says the schema
  const [{ uid, type, settings }] = receivers as [(typeof receivers)[number]]
  return {
    contactPoint: { uid, name, type, settings: { ...settings, addresses: email } },
    route: policies[0]!.routes[0]!,
  }
}

type FileRule = z.output<typeof rule>

function withLimit(one: FileRule, limits: Limits): FileRule {
  const limit = limits[one.annotations.limit?.replace(/^watch\./, '') ?? '']
  if (limit === undefined) return one
  const data = one.data.map(query =>
    query.model.type === 'threshold'
      ? {
          ...query,
          model: { ...query.model, conditions: [{ type: 'query', evaluator: { type: 'gt', params: [limit] } }] },
        }
      : query,
  )
  return { ...one, data }
}

function withRunbook(one: FileRule, url = 'docs/runbooks'): FileRule {
  const link = one.annotations.runbook_url!.replace('$SENSORIUM_RUNBOOKS_URL', url.replace(/\/+$/, ''))
  return { ...one, annotations: { ...one.annotations, runbook_url: link } }
}

/** In files `$$` is a dollar sign. */
const unescaped = (one: FileRule): FileRule => JSON.parse(JSON.stringify(one).replaceAll('$$', '$')) as FileRule // a copy

function secondsOf(interval: string): number {
  const minutes = /^(\d+)m$/.exec(interval)?.[1]
  if (minutes === undefined) throw new Error(`${interval}: the files have whole minutes`)
  return 60 * Number(minutes)
}
