import { type McpServer, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import { nearestNames } from '../analysis/nearest-names.ts'
import { quoted } from './answer-text.ts'

type Handler = (request: { readonly params?: { readonly name?: unknown } }, ...others: unknown[]) => unknown
type SetHandler = (method: string, handler: Handler) => void

const ASKED_CHARS_MAX = 80

/** What is asked for by its name, and what there is of it. */
export type KnownNames = Readonly<Record<'tools/call' | 'prompts/get', readonly string[]>>

/**
 * A name that the server does not know is answered with those that are nearest to it; the SDK says no more than that it
 * is not found. To be called before anything is registered: it looks at the handlers as the SDK sets them.
 */
export function hintAtNames({ server }: McpServer, known: KnownNames): void {
  // Its overloads give each method's own types; here all are passed on as they are.
  const set = server.setRequestHandler.bind(server) as unknown as SetHandler
  const hinting: SetHandler = (method, handler) => {
    if (!Object.hasOwn(known, method)) return set(method, handler)
    const names = known[method as keyof KnownNames]
    set(method, (request, ...others) => {
      const name = String(request.params?.name ?? '')
      if (!names.includes(name)) throw unknownName(method, name, names)
      return handler(request, ...others)
    })
  }
  server.setRequestHandler = hinting as unknown as typeof server.setRequestHandler
}

function unknownName(method: string, name: string, names: readonly string[]): ProtocolError {
  const [what] = method.split('/')
  const near = nearestNames(names, name, 3).join(', ')
  return new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `there is no ${what?.slice(0, -1)} ${quoted(name.slice(0, ASKED_CHARS_MAX))}; nearest are ${near}; ${what}/list has all`,
  )
}
