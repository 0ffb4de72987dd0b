import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { SECOND } from '../clock.ts'
import { endWork, spend, startWork, type Work } from './work.ts'

/** A request to a company that the shop depends on: there is no span on its side. */
export interface OutsideCall {
  readonly host: string
  readonly verb: 'GET' | 'POST'
  readonly path: string
  readonly template: string
  readonly durationMs: number
  /** Absent when no answer came in time. */
  readonly status?: number
  readonly resend?: number
}

export function callOutside(work: Work, outside: OutsideCall): void {
  const { host, verb, path, template, durationMs, status, resend } = outside
  const { shop, instance, request } = work
  const labels = { 'http.request.method': verb, 'server.address': host, 'server.port': 443, 'url.template': template }
  const child = startWork(work, instance, `${verb} ${template}`, SpanKind.CLIENT, {
    ...labels,
    'url.full': `https://${host}${path}`,
    'network.protocol.version': '2',
    ...(resend === undefined || resend === 0 ? {} : { 'http.request.resend_count': resend }),
  })
  const startedAt = request.now
  spend(child, durationMs)
  const outcome = outcomeOf(status)
  child.span.setAttributes(outcome)
  if ('error.type' in outcome) child.span.setStatus({ code: SpanStatusCode.ERROR })
  endWork(child)
  const seconds = (request.now - startedAt) / SECOND
  shop.measure(request.now, () => instance.telemetry.instruments.httpClient.record(seconds, { ...labels, ...outcome }))
}

function outcomeOf(status: number | undefined): Record<string, string | number> {
  if (status === undefined) return { 'error.type': 'timeout' }
  if (status < 400) return { 'http.response.status_code': status }
  return { 'http.response.status_code': status, 'error.type': String(status) }
}
