import { withAccess } from '../../../mcp/access.ts'
import type { Answer } from '../../../mcp/answer.ts'
import { argumentsOf, refusalOf, withService } from '../../../mcp/arguments.ts'
import { fit } from '../../../mcp/fit.ts'
import { ToolRefusal } from '../../../mcp/refusal.ts'
import { TOOLS } from '../../../mcp/tools/index.ts'
import { wholeFingerprint } from '../../../mcp/whole-fingerprint.ts'
import type { Asking } from '../answers.ts'

/** Of one answer, whatever the model asks for: several have to fit into its context. */
const TOKENS_MAX = 3_000

export type Called = { readonly answer: Answer } | { readonly refusal: string }

/**
 * Runs a tool as the model asks for it, within what the person may see: as an agent would over MCP. What cannot be
 * answered is told in words that help to ask again; only what is our own fault is thrown.
 */
export async function callTool(
  { database, searcher, inTurn, connections }: Asking,
  services: readonly string[] | undefined,
  name: string,
  given: unknown,
): Promise<Called> {
  try {
    const tool = TOOLS.find(one => one.name === name)
    if (tool === undefined)
      throw new ToolRefusal(`there is no such tool; there are ${TOOLS.map(one => one.name).join(', ')}`)
    const plain = argumentsOf(tool, objectOf(given))
    const args = withService(plain, plain.service)
    tool.check?.(args)
    const { isOpenEnded = false } = tool
    // What a model may make as dear as it likes has a connection of its own.
    const session = isOpenEnded ? { services, searcher, isOpenEnded } : { services, searcher, connections }
    const answer = await inTurn(
      () =>
        withAccess(database, session, async ({ access, sql }) => {
          const isId = typeof args.fingerprint === 'string'
          const whole = isId ? { ...args, fingerprint: await wholeFingerprint(access, String(args.fingerprint)) } : args
          const found = await tool.run(whole, access)
          return fit(found, sql, Math.min(TOKENS_MAX, Number(args.max_tokens)))
        }),
      isOpenEnded,
    )
    return { answer }
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === undefined) throw error
    return { refusal }
  }
}

function objectOf(given: unknown): Record<string, unknown> {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return { ...given }
  throw new ToolRefusal('the arguments are no JSON object; send one')
}
