import type { Context as HonoContext } from 'hono'
import type { z } from 'zod'
import type { Hold } from '../admission.ts'
import { OverloadedError } from '../errors.ts'
import { EdgeRefusal } from './refusal.ts'

/** @throws EdgeRefusal 413 past `maxBytes`, 400 for a body that breaks off; OverloadedError */
export async function readEdgeBody(c: HonoContext, maxBytes: number, hold: Hold): Promise<Buffer> {
  const tooLarge = () =>
    new EdgeRefusal(413, `the body is larger than ${maxBytes} bytes (max_body_bytes); send less at once`)
  if (Number(c.req.header('content-length') ?? 0) > maxBytes) throw tooLarge()
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of c.req.raw.body ?? []) {
      length += chunk.length
      if (length > maxBytes) throw tooLarge()
      hold.take(chunk.length)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof EdgeRefusal || error instanceof OverloadedError) throw error
    throw new EdgeRefusal(400, 'the connection closed before the whole body had arrived')
  }
  return Buffer.concat(chunks, length)
}

const decoder = new TextDecoder('utf-8', { fatal: true })

export function contentType(c: HonoContext): string {
  return (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
}

/** The body as JSON. @throws EdgeRefusal 415 for another content type, 400 for what is not JSON */
export function readEdgeJson(c: HonoContext, body: Buffer): unknown {
  if (contentType(c) !== 'application/json') throw new EdgeRefusal(415, 'send application/json')
  try {
    return JSON.parse(decoder.decode(body))
  } catch (error) {
    throw new EdgeRefusal(400, `the body is not JSON: ${error instanceof Error ? error.message : 'cannot be read'}`)
  }
}

const MAX_FAULTS = 20

export interface Fault {
  /** The place in the body, such as `2.severity`; '' for all of it. */
  readonly key: string
  readonly fault: string
}

/** @throws EdgeRefusal 400 naming every fault with its place: nothing of the request is taken */
export function refuseFaults(faults: readonly Fault[]): void {
  const [first] = faults
  if (first === undefined) return
  const message = `${first.key === '' ? '' : `${first.key}: `}${first.fault}; nothing of this request was taken`
  throw new EdgeRefusal(400, message, { details: { faults: faults.slice(0, MAX_FAULTS) } })
}

/** The body as the schema has it. @throws EdgeRefusal 400 */
export function readEdgeObject<S extends z.ZodType>(schema: S, json: unknown): z.output<S> {
  const parsed = parse(schema, json)
  if (!parsed.success) refuseFaults(faultsOf(parsed.error, []))
  return parsed.data as z.output<S> // refuseFaults has thrown where it is not
}

/** One item or an array of up to `maxItems`, taken whole or not at all. @throws EdgeRefusal 400, 413 */
export function readEdgeItems<S extends z.ZodType>(schema: S, json: unknown, maxItems: number): z.output<S>[] {
  if (!Array.isArray(json)) return [readEdgeObject(schema, json)]
  if (json.length === 0) throw new EdgeRefusal(400, 'the array holds no event')
  if (json.length > maxItems) {
    throw new EdgeRefusal(413, `${json.length} events in one request; send ${maxItems} at most (max_events)`)
  }
  const faults: Fault[] = []
  const items = json.flatMap((item, place) => {
    const parsed = parse(schema, item)
    if (parsed.success) return [parsed.data]
    faults.push(...faultsOf(parsed.error, [place]))
    return []
  })
  refuseFaults(faults)
  return items
}

function parse<S extends z.ZodType>(schema: S, json: unknown) {
  try {
    return schema.safeParse(json)
  } catch (error) {
    if (error instanceof RangeError) throw new EdgeRefusal(400, 'the body is nested too deeply; send flatter objects')
    throw error
  }
}

function faultsOf(error: z.ZodError, at: readonly PropertyKey[]): Fault[] {
  return error.issues.map(issue => ({
    key: [...at, ...issue.path].join('.'),
    // Zod's words for a key that is not there speak of types.
    fault: issue.message.endsWith('received undefined') ? 'is missing' : issue.message,
  }))
}
