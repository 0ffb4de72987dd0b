import { pathToFileURL } from 'node:url'
import {
  type Context,
  ROOT_CONTEXT,
  SeverityNumber,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { MILLISECOND, type Nanos, type Timeline } from '../clock.ts'
import type { Random } from '../random.ts'
import { onFreshStack } from '../shop/call.ts'
import { failureAttributes, isRecorded, stackOf } from '../shop/failure.ts'
import type { FleetService, FleetTrouble } from './kinds.ts'
import type { FleetProcess } from './process.ts'
import type { Attributes, Reply, Session, Work } from './source/work.ts'

/** A session, or one of its meter readings, on its way through the services. */
export interface Request {
  readonly id: string
  readonly session: Session
  readonly random: Random
  now: Nanos
}

/** What the services see of the world around them. */
export interface FleetWorld {
  readonly timeline: Timeline
  process(service: string, request: Request): FleetProcess
  setting(service: FleetService, name: string, at: Nanos): number
  /** What is wrong at a moment. */
  trouble(at: Nanos): FleetTrouble
  /** The host of those of the service whose disk is full. */
  readonly fullHost: string
  onDebugEvent(process: FleetProcess, request: Request, eventType: string, errorCode: string): void
}

const MS_TO_NS = MILLISECOND
const PLACES = { runtime: '/srv/node_modules/fleet-runtime', code: '/srv' }
const HERE = pathToFileURL(import.meta.dirname).href

/** Takes a request in the process that serves it; never rejects, as over a wire. */
export async function serve(
  world: FleetWorld,
  request: Request,
  service: string,
  operation: string,
  parent: Context,
): Promise<Reply> {
  const process = world.process(service, request)
  const handler = process.build.handlers.get(operation)
  if (handler === undefined) throw new Error(`${service} has no ${operation}`)
  process.load.requests++
  const startedAt = request.now
  const [method = '', route = ''] = operation.split(' ')
  const labels = { 'http.request.method': method, 'http.route': route }
  const piece = begin(world, process, request, operation, SpanKind.SERVER, labels, parent)
  piece.work.compute(0.6)
  const reply = await onFreshStack(async (): Promise<Reply> => {
    try {
      return { status: 200, body: await handler(piece.work, request.session) }
    } catch (error) {
      if (!(error instanceof Error)) throw error
      return { status: refused(piece, error), body: undefined }
    }
  })
  piece.span.setAttribute('http.response.status_code', reply.status)
  const ms = (request.now - startedAt) / MILLISECOND
  piece.work.log('info', `${operation} ${reply.status} in ${ms.toFixed(1)} ms`, { duration_ms: ms })
  piece.end()
  const outcome = { ...labels, 'http.response.status_code': reply.status }
  process.telemetry.instruments.httpServer.record(ms / 1_000, outcome)
  return reply
}

function refused(piece: Piece, error: Error): number {
  const status = 'status' in error ? Number(error.status) : 500
  if (status >= 500) fail(piece, error)
  else note(piece, error)
  piece.say(status >= 500 ? 'error' : 'warn', `${error.name}: ${error.message}`, failureAttributes(error))
  return status
}

/** Work with the span that shows it. */
interface Piece {
  readonly work: Work
  readonly span: Span
  readonly world: FleetWorld
  readonly process: FleetProcess
  readonly request: Request
  say(level: keyof typeof SEVERITIES, text: string, attributes?: object): void
  end(): void
}

const SEVERITIES = {
  debug: { severityNumber: SeverityNumber.DEBUG, severityText: 'DEBUG' },
  info: { severityNumber: SeverityNumber.INFO, severityText: 'INFO' },
  warn: { severityNumber: SeverityNumber.WARN, severityText: 'WARN' },
  error: { severityNumber: SeverityNumber.ERROR, severityText: 'ERROR' },
}

function begin(
  world: FleetWorld,
  process: FleetProcess,
  request: Request,
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  parent: Context,
): Piece {
  const ids = { 'request.id': request.id, 'user.id': request.session.userId, 'session.id': request.session.id }
  const at = () => world.timeline.hrTime(request.now)
  const options = { kind, startTime: at(), attributes: { ...ids, ...attributes } }
  const span = process.telemetry.tracer.startSpan(name, options, parent)
  const context = trace.setSpan(parent, span)
  const say: Piece['say'] = (level, body, more = {}) => {
    const timestamp = at()
    const record = { timestamp, observedTimestamp: timestamp, body, attributes: { ...ids, ...more }, context }
    process.telemetry.logger.emit({ ...SEVERITIES[level], ...record })
  }
  const piece: Piece = {
    ...{ span, world, process, request, say, end: () => span.end(at()) },
    work: workOf(() => piece, context),
  }
  return piece
}

const COMPUTE_SIGMA = 0.35
const POOL_TIMEOUT_MS = 1_500
const POOL_TIMEOUT_SHARE = 0.25
const OUT_OF_MEMORY_SHARE = 0.3
const SLOWED_BY = 9

function workOf(of: () => Piece, context: Context): Work {
  const spend = (ms: number): void => {
    of().request.now += Math.round(ms * MS_TO_NS)
  }
  const wrong = () => of().world.trouble(of().request.now)
  const isStarved = () => wrong().littleMemory === of().process.service
  const child = (name: string, kind: SpanKind, attributes: Attributes): Piece => {
    const { world, process, request } = of()
    return begin(world, process, request, name, kind, attributes, context)
  }
  const random = () => of().request.random
  return {
    setting: name => of().world.setting(of().process.service, name, of().request.now),
    now: () => of().world.timeline.startUnixMs + of().request.now / MILLISECOND,
    chance: () => random().next(),
    set: attributes => void of().span.setAttributes(attributes),
    log: (level, text, attributes) => of().say(level, text, attributes),
    compute: medianMs => spend(random().lognormal(medianMs, COMPUTE_SIGMA) * (isStarved() ? SLOWED_BY : 1)),
    wait: spend,
    allocate() {
      if (isStarved() && random().chance(OUT_OF_MEMORY_SHARE)) throw new RangeError('Array buffer allocation failed')
    },
    append(file) {
      const { world, process } = of()
      if (wrong().fullDisk !== process.service || process.host !== world.fullHost) return
      throw new Error(`ENOSPC: no space left on device, write '${file}'`)
    },
    inside: (name, part) => within(child(name, SpanKind.INTERNAL, {}), part),
    async query(statement, medianMs) {
      const { service } = of().process
      if (wrong().dryPool === service) waitForConnection(spend, random())
      const [verb = '', table = ''] = statement.split(' ')
      const system = { 'db.system.name': 'postgresql', 'db.operation.name': verb, 'db.collection.name': table }
      const address = { 'server.address': `${service.toLowerCase()}-db.ev.svc.cluster.local`, 'server.port': 5432 }
      const piece = child(statement, SpanKind.CLIENT, { ...system, ...address })
      await within(piece, () => spend(random().lognormal(medianMs, 0.45)))
    },
    call: (service, operation, timeoutMs) => callService(child, spend, service, operation, timeoutMs),
    ask(host, path, medianMs, timeoutMs) {
      const piece = child(`GET ${path}`, SpanKind.CLIENT, { 'server.address': host, 'http.request.method': 'GET' })
      const isSilent = wrong().silentHost === host
      const ms = random().lognormal(isSilent ? medianMs * 6 : medianMs, 0.4)
      const status = ms >= timeoutMs || (isSilent && random().chance(0.4)) ? 0 : 200
      spend(status === 0 ? timeoutMs : ms)
      answered(piece, status)
      return status
    },
    debug: (eventType, errorCode) => of().world.onDebugEvent(of().process, of().request, eventType, errorCode),
  }
}

async function within<T>(piece: Piece, part: (work: Work) => T | Promise<T>): Promise<T> {
  try {
    return await part(piece.work)
  } catch (error) {
    if (error instanceof Error) fail(piece, error)
    throw error
  } finally {
    piece.end()
  }
}

async function callService(
  child: (name: string, kind: SpanKind, attributes: Attributes) => Piece,
  spend: (ms: number) => void,
  service: string,
  operation: string,
  timeoutMs: number,
): Promise<Reply> {
  const piece = child(operation, SpanKind.CLIENT, {
    'server.address': `${service.toLowerCase()}.ev.svc.cluster.local`,
    'http.request.method': operation.split(' ')[0]!,
  })
  const { world, request, process } = piece
  const startedAt = request.now
  const way = () => {
    const { lossyWay } = world.trouble(request.now)
    const isLossy = lossyWay?.from === process.service && lossyWay.to === service && request.random.chance(0.45)
    // What is lost is sent again after some hundred milliseconds, and after twice as many.
    spend(request.random.lognormal(0.6, 0.4) + (isLossy ? request.random.pick([220, 440, 660, 1_300]) : 0))
  }
  way()
  const remote = trace.setSpanContext(ROOT_CONTEXT, { ...piece.span.spanContext(), isRemote: true })
  const reply = await serve(world, request, service, operation, remote)
  way()
  const isLate = request.now - startedAt > timeoutMs * MILLISECOND
  if (isLate) request.now = startedAt + Math.round(timeoutMs * MILLISECOND)
  const status = isLate ? 0 : reply.status
  answered(piece, status)
  return isLate ? { status: 0, body: undefined } : reply
}

function answered({ span, end }: Piece, status: number): void {
  if (status !== 0) span.setAttribute('http.response.status_code', status)
  if (status === 0 || status >= 400) {
    span.setAttribute('error.type', status === 0 ? 'timeout' : String(status))
    span.setStatus({ code: SpanStatusCode.ERROR })
  }
  end()
}

class PoolTimeout extends Error {
  override readonly name = 'PoolTimeout'
  readonly status = 503
}

function waitForConnection(spend: (ms: number) => void, random: Random): void {
  const isInVain = random.chance(POOL_TIMEOUT_SHARE)
  spend(isInVain ? POOL_TIMEOUT_MS : Math.min(POOL_TIMEOUT_MS, random.lognormal(380, 0.5)))
  if (isInVain) throw new PoolTimeout(`no connection became free within ${POOL_TIMEOUT_MS} ms, all are in use`)
}

function fail(piece: Piece, error: Error): void {
  piece.span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
  piece.span.setAttribute('error.type', error.name)
  note(piece, error)
}

/** Written once for each service, on the innermost span that saw it. */
function note({ span, world, process, request }: Piece, error: Error): void {
  if (isRecorded(error)) return
  placed(error, process.build.root)
  const { name, message } = error
  span.recordException({ name, message, stack: stackOf(error) }, world.timeline.hrTime(request.now))
}

/** Every container has its code in the same place, whatever this machine calls the folder. */
function placed(error: Error, root: string): void {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    one.stack = one.stack?.replaceAll(pathToFileURL(root).href, PLACES.code).replaceAll(HERE, PLACES.runtime)
  }
}
