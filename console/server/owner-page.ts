import type { Context } from '../../pipeline/component.ts'
import { createRateLimits } from '../../pipeline/edge/limits.ts'
import { addressOf } from '../../pipeline/edge/route.ts'
import { senderOf } from '../../pipeline/sender.ts'
import { readNodeLink } from '../../store/people/node-links.ts'
import { type Connections, withConnection } from '../../store/warm-connections.ts'
import { type NodeAnswer, node, ownerOf } from '../api/nodes.ts'
import { type Asking, answer, refused } from './answers.ts'
import { NotFound } from './endpoint.ts'

/** Of one address: a household with some computers looks at some pages. */
const REQUESTS_PER_S = 2
const REQUESTS_AT_ONCE = 60
const TOKEN = /^[\w-]{43}$/

/**
 * GET /console/api/my-node: the node of a secret link, in the words that its owner gets, and nothing else. The link has
 * its secret behind `#`, which browsers send to nobody; the page shows it in a header.
 */
export function addOwnerPage(context: Context, asking: () => Asking, connections: Connections): void {
  const rates = createRateLimits(REQUESTS_PER_S, REQUESTS_AT_ONCE)
  context.http.get('/console/api/my-node', async c => {
    try {
      const sender = senderOf(addressOf(c))
      rates.allow(sender, performance.now())
      const token = c.req.header('x-sensorium-link') ?? ''
      const id = TOKEN.test(token)
        ? await withConnection(connections, client => readNodeLink(client, token))
        : undefined
      if (id === undefined) {
        rates.failed(sender, performance.now())
        throw new NotFound('this link does not hold any more, or is not whole')
      }
      const { data } = await answer(asking(), node, { id }, ['node'])
      return c.json({ data: ownerOf(data as NodeAnswer) }) // what the endpoint answers
    } catch (error) {
      const { response, refusal } = refused(c, error)
      if (refusal.isFault) context.logger.error({ err: error }, 'the page of an owner failed unexpectedly')
      return response
    }
  })
}
