import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import type { Span } from '../../../../pipeline/model/index.ts'
import { decodeRequest } from '../../../../receivers/otlp/wire/index.ts'
import type { Received } from '../../../delivery/testing/receiver.ts'

const REGISTER = import.meta.resolve('../register.ts')

/** The shop in a process of its own, with telemetry from the environment alone. */
export async function startShop(
  t: TestContext,
  environment: Readonly<Record<string, string>>,
): Promise<{ child: ChildProcess; url: string; output: () => string }> {
  const child = spawn(process.execPath, ['--import', REGISTER, path.join(import.meta.dirname, 'shop.mjs')], {
    env: { ...process.env, OTEL_SERVICE_NAME: 'shop', ...environment },
  })
  t.after(() => child.kill('SIGKILL'))
  const output = collect(child)
  const [url] = await once(createInterface(child.stdout), 'line')
  return { child, url, output }
}

/** Runs the buyer to its end. */
export async function runBuyer(
  t: TestContext,
  shop: string,
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'buyer.mjs'), shop, ...args], {
    env: { ...process.env, ...environment },
  })
  t.after(() => child.kill('SIGKILL'))
  const output = collect(child)
  await once(child, 'close')
  return { code: child.exitCode, output: output() }
}

function collect(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', chunk => {
      text += chunk
    })
  }
  return () => text
}

/** A span as the receiver of Sensorium reads it, its maps as plain objects. */
export interface ArrivedSpan extends Pick<Span, 'name' | 'kind' | 'traceId' | 'spanId' | 'parentSpanId'> {
  readonly status: readonly [code: number, message: string]
  readonly attributes: Readonly<Record<string, unknown>>
  readonly resource: Readonly<Record<string, unknown>>
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[]
}

export function spansOf(requests: readonly Received[]): readonly ArrivedSpan[] {
  return requests.flatMap(({ body }) => {
    const { items, rejected } = decodeRequest('traces', body, 'protobuf', { maxNesting: 8, maxRecords: 10_000 })
    if (rejected.length > 0) throw new Error(`Sensorium would reject ${rejected.length} spans`)
    return items.map(({ name, kind, traceId, spanId, parentSpanId, statusCode, statusMessage, ...span }) => ({
      ...{ name, kind, traceId, spanId, parentSpanId },
      status: [statusCode, statusMessage] as const,
      attributes: plain(span.attributes),
      resource: plain(span.resource.attributes),
      events: span.events.map(event => ({ name: event.name, attributes: plain(event.attributes) })),
    }))
  })
}

function plain(attributes: Span['attributes']): Record<string, unknown> {
  return Object.fromEntries(
    [...attributes].map(([key, value]) => [key, typeof value === 'bigint' ? Number(value) : value]),
  )
}
