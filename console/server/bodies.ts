import type { Context as HonoContext } from 'hono'
import type { z } from 'zod'
import { ToolRefusal } from '../../mcp/refusal.ts'
import type { Context } from '../../pipeline/component.ts'
import { readEdgeBody } from '../../pipeline/edge/body.ts'
import { addressOf } from '../../pipeline/edge/route.ts'
import { senderOf } from '../../pipeline/sender.ts'

const BODY_BYTES_MAX = 65_536

/** The body as the schema takes it, read within the limit that all senders share. @throws ToolRefusal with its first fault */
export async function readBody<S extends z.ZodType>(
  c: HonoContext,
  { admission }: Context,
  schema: S,
): Promise<z.output<S>> {
  const cut = Promise.withResolvers<never>()
  const hold = admission.hold(senderOf(addressOf(c)), cut.reject)
  try {
    const body = await Promise.race([readEdgeBody(c, BODY_BYTES_MAX, hold), cut.promise])
    const parsed = schema.safeParse(jsonOf(body.toString('utf8')))
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    throw new ToolRefusal(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not understood'}`)
  } finally {
    hold.release()
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ToolRefusal('the body is no JSON')
  }
}
