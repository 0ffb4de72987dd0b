import { z } from 'zod'
import { ToolRefusal } from './refusal.ts'
import { hasWord, text } from './tool.ts'

export const ENTITY_KINDS = ['entity', 'deal_id', 'request_id', 'trace_id', 'node_id', 'user_id'] as const
export type EntityKind = (typeof ENTITY_KINDS)[number]

/** Exactly one of them names what is asked about; `entity` is the id of anything. */
export const entityInput = {
  entity: text(255).optional().describe('any id: order, cart, session …'),
  deal_id: text(255).optional(),
  request_id: text(255).optional(),
  trace_id: z
    .string()
    .regex(/^[0-9a-f]{32}$/i, '32 hex digits')
    .optional(),
  node_id: text(255).optional(),
  user_id: text(255).optional(),
}

export interface Entity {
  readonly kind: EntityKind
  readonly id: string
}

/** @throws ToolRefusal where none or several are given */
export function entityOf(args: Readonly<Partial<Record<EntityKind, string | undefined>>>): Entity {
  const given = ENTITY_KINDS.flatMap(kind => {
    const id = args[kind]
    return id === undefined || id === '' ? [] : [{ kind, id: kind === 'trace_id' ? id.toLowerCase() : id }]
  })
  const [only] = given
  if (given.length === 1 && only !== undefined) {
    if (hasWord(only.id)) return only
    throw new ToolRefusal(`${only.kind} has no letter or digit`)
  }
  throw new ToolRefusal(
    `give exactly one of ${ENTITY_KINDS.join(', ')}, such as {"entity":"ord_7f3k"}, the id of anything`,
  )
}
