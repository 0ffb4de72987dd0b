import { compress } from 'hono/compress'
import type { Context } from '../../pipeline/component.ts'
import { endpoints } from '../api/index.ts'
import { type Access, mustBe } from './access.ts'
import { type Asking, answer, refused } from './answers.ts'
import type { Live } from './live.ts'

/** GET /console/api/NAME for each endpoint, and the stream of what changes. */
export function addQuestions(context: Context, asking: () => Asking, live: Live, access: Access): void {
  context.http.get('/console/api/live', async c => {
    try {
      const person = await access.whoAsks(c)
      return live.answer(c, person.expiresAt, () => access.isIn(person))
    } catch (error) {
      return refused(c, error).response
    }
  })
  for (const endpoint of endpoints) {
    context.http.get(`/console/api/${endpoint.name}`, compress(), async c => {
      try {
        const person = await access.whoAsks(c)
        mustBe(person, endpoint.role)
        return c.json(await answer(asking(), endpoint, c.req.query(), person.services))
      } catch (error) {
        const { response, refusal } = refused(c, error)
        if (refusal.isFault) context.logger.error({ err: error }, `the console's ${endpoint.name} failed unexpectedly`)
        return response
      }
    })
  }
}
