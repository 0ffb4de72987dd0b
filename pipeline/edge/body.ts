import type { Context as HonoContext } from 'hono'
import type { z } from 'zod'
import type { Hold } from '../admission.ts'
import { OverloadedError } from '../errors.ts'
import { EdgeRefusal } from './refusal.ts'

/** Twice the largest `max_body_bytes`: who sends more than that may find the connection closed. */
const MAX_READ_BYTES = 33_554_432

/**
 * Reads the whole body. What is past `maxBytes` is read, too, within reason, and thrown away: a sender that is still
 * writing when the connection closes would not see the answer.
 *
 * @throws EdgeRefusal 413 past `maxBytes`, 400 for a body that breaks off; OverloadedError
 */
export async function readEdgeBody(c: HonoContext, maxBytes: number, hold: Hold): Promise<Buffer> {
  const tooLarge = () =>
    new EdgeRefusal(413, `the body is larger than ${maxBytes} bytes (max_body_bytes); send less at once`)
  const announced = Number(c.req.header('content-length') ?? 0)
  if (announced > MAX_READ_BYTES) throw tooLarge()
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of c.req.raw.body ?? []) {
      length += chunk.length
      if (length > MAX_READ_BYTES) break
      if (Math.max(length, announced) > maxBytes) continue
      hold.take(chunk.length)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof OverloadedError) throw error
    throw new EdgeRefusal(400, 'the connection closed before the whole body had arrived')
  }
  if (length > maxBytes) throw tooLarge()
  return Buffer.concat(chunks, length)
}

/** For endpoints that take the body as it is. @throws EdgeRefusal 415 */
export function refuseEncoding(c: HonoContext): void {
  const encoding = c.req.header('content-encoding') ?? ''
  if (encoding === '' || encoding.toLowerCase() === 'identity') return
  throw new EdgeRefusal(415, `content-encoding ${encoding} is not taken; send the body as it is`)
}

const decoder = new TextDecoder('utf-8', { fatal: true })
/** @throws TypeError for what is not UTF-8 */
const strictText = (bytes: Uint8Array): string => decoder.decode(bytes)

export function contentType(c: HonoContext): string {
  return (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
}

/** Far deeper than people or programs nest; far from where a function that calls itself runs out of stack. */
const MAX_LEVELS = 256

/**
 * The body as JSON. `textOf` may repair what is not UTF-8.
 * @throws EdgeRefusal 415 for another content type, 400 for what is not JSON or nested too deeply
 */
export function readEdgeJson(c: HonoContext, body: Buffer, textOf = strictText): unknown {
  if (contentType(c) !== 'application/json') throw new EdgeRefusal(415, 'send application/json')
  const json = parseJson(body, textOf)
  if (isDeeper(json, MAX_LEVELS)) {
    throw new EdgeRefusal(400, `the body is nested more than ${MAX_LEVELS} levels deep; send flatter objects`)
  }
  return json
}

function parseJson(body: Buffer, textOf: typeof strictText): unknown {
  try {
    return JSON.parse(textOf(body))
  } catch (error) {
    throw new EdgeRefusal(400, `the body is not JSON: ${error instanceof Error ? error.message : 'cannot be read'}`)
  }
}

/** Calls itself `levels` times at most. */
function isDeeper(json: unknown, levels: number): boolean {
  if (typeof json !== 'object' || json === null) return false
  return levels === 0 || Object.values(json).some(value => isDeeper(value, levels - 1))
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
  const parsed = schema.safeParse(json)
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
    const parsed = schema.safeParse(item)
    if (parsed.success) return [parsed.data]
    faults.push(...faultsOf(parsed.error, [place]))
    return []
  })
  refuseFaults(faults)
  return items
}

function faultsOf(error: z.ZodError, at: readonly PropertyKey[]): Fault[] {
  return error.issues.map(issue => ({
    key: [...at, ...issue.path].join('.'),
    // Zod's words for a key that is not there speak of types.
    fault: issue.message.endsWith('received undefined') ? 'is missing' : issue.message,
  }))
}
