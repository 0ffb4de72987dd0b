import { z } from 'zod'
import {
  contrastProblem,
  contrastSince,
  contrastSlow,
  type Operation,
  type SetContrast,
} from '../../store/contrast/index.ts'
import type { Read, Scope } from '../../store/reading.ts'
import type { Access } from '../access.ts'
import { counted, nextCall, type Row, traceCall } from '../answer.ts'
import { ToolRefusal } from '../refusal.ts'
import { comparedNote, entityRows, sharedRow, sharedSection } from '../shared-rows.ts'
import {
  allowedServices,
  budget,
  defineTool,
  env,
  fingerprint,
  minutes,
  moment,
  rangeOf,
  scopeOf,
  service,
  text,
  until,
} from '../tool.ts'
import { whyEmpty } from '../why-empty.ts'

const SHOWN = 10

export const whatTheyShare = defineTool({
  name: 'what_they_share',
  title: 'What the bad ones have in common',
  description:
    'Attribute values (span, resource, host, release) ranked by how much more often failures of a problem have them than good requests; or, of an operation, slow ones than usual ones, or what came with `at`. {"fingerprint":"5f914c0f915624f3"}',
  input: z.strictObject({
    fingerprint: fingerprint.optional(),
    service,
    operation: text(255).optional(),
    at: moment,
    env,
    minutes: minutes(60),
    until,
    ...budget,
  }),
  async run({ fingerprint, service, operation, at, env, minutes, until }, access) {
    const isOperation = service !== undefined && operation !== undefined
    if ((fingerprint === undefined) === !isOperation) {
      throw new ToolRefusal(
        'give fingerprint, or service and operation, such as {"service":"checkout","operation":"POST /orders"}',
      )
    }
    const { from, to } = rangeOf(access, minutes, until)
    const scope = scopeOf(access, env, from, to)
    allowedServices(access, service)
    const { found, entities } =
      fingerprint !== undefined
        ? await ofProblem(access, scope, fingerprint.toLowerCase())
        : { found: await ofOperation(access, scope, { service: service!, operation: operation! }, at), entities: [] }
    const [best] = found?.shared ?? []
    const range = { env, minutes, ...(until === undefined ? {} : { until }) }
    return {
      summary:
        found === undefined
          ? 'Nothing to compare.'
          : `${best === undefined ? 'Nothing sets the first apart from the second' : `${counted(found.shared.length, 'attribute value')} set the first apart from the second`}. ${comparedNote(found)}`,
      from,
      to,
      sections: [
        sharedSection(found, SHOWN),
        { name: 'hit', rows: entityRows(entities) },
        {
          name: 'only_with_those',
          rows: (found?.explained ?? []).slice(0, 3).map(one => sharedRow(one, found!)),
          total: found?.explained.length ?? 0,
          more: 'they are frequent only where those of shared are',
        },
      ],
      next:
        found === undefined
          ? []
          : [
              ...(fingerprint !== undefined
                ? [nextCall('explain_failure', { fingerprint, ...range })]
                : at !== undefined
                  ? [nextCall('what_changed', { at, minutes: Math.min(minutes, 60), service: found.service })]
                  : []),
              ...traceCall(found.traceId === undefined ? undefined : { trace_id: found.traceId }),
              ...(fingerprint === undefined && at === undefined
                ? [nextCall('service_health', { service: found.service, ...range })]
                : []),
            ],
      empty:
        found !== undefined
          ? undefined
          : `There are too few failures or good ones to compare. ${await whyEmpty(access, { env, service, from, to })}`,
    }
  },
})

export const ENTITIES = 'SELECT * FROM failure_entities($1, $2, $3, $4, $5)'

async function ofProblem(
  access: Access,
  scope: Scope,
  id: string,
): Promise<{ found: SetContrast | undefined; entities: Row[] }> {
  const read: Read = (sql, values) =>
    sql.includes('problem_series') ? access.shown(sql, values) : access.rows(sql, values)
  const contrasted = await contrastProblem(read, scope, id)
  if (contrasted === undefined) return { found: undefined, entities: [] }
  const { during, found } = contrasted
  const values = [id, during.from, during.to, scope.env, scope.visible]
  if (found?.operation !== undefined) access.show('SELECT * FROM what_failures_share($1, $2, $3, $4, $5)', values)
  return { found, entities: await access.shown(ENTITIES, values) }
}

function ofOperation(
  access: Access,
  scope: Scope,
  operation: Operation,
  at: string | undefined,
): Promise<SetContrast | undefined> {
  // Which spans were compared can be shown; their ids one by one would be longer than what they tell.
  const read: Read = (sql, values) =>
    sql.includes('sample_spans') ? access.shown(sql, values) : access.rows(sql, values)
  return at === undefined ? contrastSlow(read, scope, operation) : contrastSince(read, scope, operation, new Date(at))
}
