import { z } from 'zod'
import { inTransaction } from '../../../store/connect.ts'
import { makeNodeLink, revokeNodeLink } from '../../../store/people/node-links.ts'
import { action, mustSee } from './action.ts'

export interface NewNodeLink {
  readonly id: number
  /** Stands in the link behind `#`; nobody can read it again. */
  readonly token: string
}

/** A link that shows one node to its owner. */
export const nodeLink = action({
  name: 'node-link',
  body: z.strictObject({ node: z.string().min(1).max(255) }),
  async run(client, { node }, { person, note }): Promise<NewNodeLink> {
    mustSee(person, ['node'])
    return inTransaction(client, async () => {
      const made = await makeNodeLink(client, node, person.name)
      await note(client, `node/${node}`, { link: made.id })
      return made
    })
  },
})

/** The link shows nothing any more. */
export const revokeLink = action({
  name: 'revoke-node-link',
  body: z.strictObject({ id: z.int().min(1) }),
  async run(client, { id }, { person, note }) {
    mustSee(person, ['node'])
    return inTransaction(client, async () => {
      const node = await revokeNodeLink(client, id, person.name)
      await note(client, `node/${node}`, { link: id })
      return { node }
    })
  },
})
