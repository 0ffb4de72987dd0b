import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { alertRuleGroup, embeddedContactPoint, policyTree } from './grafana-models.ts'

type Body = Record<string, unknown>

export interface StandIn {
  readonly url: string
  /** As it tells of itself. */
  version: string
  /** Method and path of every call that changed something. */
  readonly writes: string[]
  readonly dashboards: Map<string, { dashboard: Body; folderUid: string }>
  readonly datasources: Map<string, Body>
  readonly folders: Map<string, Body>
  readonly ruleGroups: Map<string, Body>
  readonly contactPoints: Map<string, Body>
  /** One tree; it is there from the beginning. */
  readonly policies: Body & { routes?: Body[] }
}

export const TOKEN = 'glsa_test'

/** For one test. */
export async function startStandIn(t: TestContext): Promise<StandIn> {
  const grafana = await serveStandIn(0)
  t.after(grafana.close)
  return grafana
}

/** The part of Grafana's HTTP API that provisioning uses, with its state and its ways: secrets are never told, ids and versions are added. */
export async function serveStandIn(port: number): Promise<StandIn & { close(): void }> {
  const state: Omit<StandIn, 'url'> = {
    version: '13.2.3',
    writes: [],
    dashboards: new Map(),
    datasources: new Map(),
    folders: new Map(),
    ruleGroups: new Map(),
    contactPoints: new Map(),
    policies: {
      receiver: 'grafana-default-email',
      routes: [{ receiver: 'theirs', object_matchers: [['team', '=', 'x']] }],
    },
  }
  const server = createServer((request, response) => {
    void bodyOf(request).then(body => {
      const { status, answer } = handle(state, request, body)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(state, {
    close: () => void server.close(),
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  }) // a TCP server's address is one
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return parts.length === 0 ? {} : (JSON.parse(Buffer.concat(parts).toString()) as Body)
}

function handle(state: Omit<StandIn, 'url'>, request: IncomingMessage, body: Body): { status: number; answer: Body } {
  const { method = '', url = '' } = request
  if (request.headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, answer: { message: 'Unauthorized' } }
  if (method !== 'GET') state.writes.push(`${method} ${url}`)
  const id = decodeURIComponent(url.split('/').at(-1)!)
  const found = (answer: Body | undefined) =>
    answer === undefined ? { status: 404, answer: { message: 'not found' } } : { status: 200, answer }
  const alerting = handleAlerting(state, `${method} ${url}`, id, body)
  if (alerting !== undefined) return alerting
  switch (`${method} ${url.replace(/\/uid\/[^/]+$|(?<=folders)\/[^/]+$/, '/:uid')}`) {
    case 'GET /api/health':
      return { status: 200, answer: { database: 'ok', version: state.version } }
    case 'GET /api/folders/:uid':
      return found(state.folders.get(id))
    case 'POST /api/folders':
      state.folders.set(String(body.uid), { id: 1, version: 1, ...body })
      return { status: 200, answer: body }
    case 'GET /api/datasources/:uid':
      return found(state.datasources.get(id))
    case 'POST /api/datasources':
    case 'PUT /api/datasources/:uid': {
      const { secureJsonData, ...rest } = body
      if (typeof rest.name !== 'string' || typeof rest.type !== 'string')
        return { status: 400, answer: { message: 'bad' } }
      const names = Object.keys((secureJsonData as Body | undefined) ?? {})
      const secureJsonFields = Object.fromEntries(names.map(name => [name, true]))
      state.datasources.set(String(rest.uid), { id: 1, isDefault: false, readOnly: false, ...rest, secureJsonFields })
      return { status: 200, answer: {} }
    }
    case 'GET /api/dashboards/:uid': {
      const one = state.dashboards.get(id)
      return found(one && { dashboard: one.dashboard, meta: { folderUid: one.folderUid } })
    }
    case 'POST /api/dashboards/db': {
      const model = body.dashboard as Body
      const before = state.dashboards.get(String(model.uid))
      if (before !== undefined && body.overwrite !== true)
        return { status: 412, answer: { status: 'version-mismatch' } }
      if (!state.folders.has(String(body.folderUid))) return { status: 400, answer: { message: 'folder not found' } }
      const version = Number(before?.dashboard.version ?? 0) + 1
      state.dashboards.set(String(model.uid), {
        dashboard: { ...model, id: state.dashboards.size + 1, version },
        folderUid: String(body.folderUid),
      })
      return { status: 200, answer: { status: 'success', url: `/d/${String(model.uid)}` } }
    }
    default:
      return { status: 404, answer: { message: `${method} ${url}` } }
  }
}

const PREFIX = '/api/v1/provisioning'

function handleAlerting(
  state: Omit<StandIn, 'url'>,
  request: string,
  id: string,
  body: Body,
): { status: number; answer: Body } | undefined {
  const group = new RegExp(`^(GET|PUT) ${PREFIX}/folder/([^/]+)/rule-groups/[^/]+$`).exec(request)
  const refused = (error: unknown) => ({ status: 400, answer: { message: String(error) } })
  if (group !== null) {
    const [, method, folder] = group
    if (!state.folders.has(folder!)) return { status: 404, answer: { message: 'no such folder' } }
    const found = state.ruleGroups.get(id)
    if (method === 'GET') return found ? { status: 200, answer: found } : { status: 404, answer: {} }
    const { data, error } = alertRuleGroup.safeParse(body)
    if (data === undefined || data.rules.some(rule => rule.ruleGroup !== id || rule.folderUID !== folder))
      return refused(error)
    // Grafana fills in what is left out.
    const rules = data.rules.map((rule, i) => ({ id: i, isPaused: false, provenance: 'api', ...rule }))
    state.ruleGroups.set(id, { ...data, rules })
    return { status: 200, answer: data }
  }
  switch (request.replace(/(?<=contact-points\/)[^/]+$/, ':uid')) {
    case `GET ${PREFIX}/contact-points`:
      return { status: 200, answer: [...state.contactPoints.values()] as unknown as Body } // a list, as Grafana answers
    case `POST ${PREFIX}/contact-points`:
    case `PUT ${PREFIX}/contact-points/:uid`: {
      const { data, error } = embeddedContactPoint.safeParse(body)
      if (data === undefined) return refused(error)
      state.contactPoints.set(data.uid ?? data.name, { provenance: 'api', disableResolveMessage: false, ...data })
      return { status: 202, answer: data }
    }
    case `GET ${PREFIX}/policies`:
      return { status: 200, answer: state.policies }
    case `PUT ${PREFIX}/policies`: {
      const { data, error } = policyTree.safeParse(body)
      const receivers = [...state.contactPoints.values()].map(({ name }) => name)
      const isKnown = data?.routes?.every(({ receiver }) => receiver === 'theirs' || receivers.includes(receiver))
      if (data === undefined || isKnown !== true) return refused(error ?? 'receiver does not exist')
      Object.assign(state.policies, data)
      return { status: 202, answer: {} }
    }
    default:
      return undefined
  }
}
