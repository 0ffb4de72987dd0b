import type { Context as HonoContext } from 'hono'
import { compress } from 'hono/compress'
import type { Context } from '../../pipeline/component.ts'
import { endpoints } from '../api/index.ts'
import { type Asking, answer, refused } from './answers.ts'
import { securityHeaders } from './headers.ts'
import type { Live } from './live.ts'

/** Who asks. */
export interface Person {
  readonly name: string
  readonly role: 'viewer' | 'responder' | 'admin'
  /** Services and products that they may see; undefined is all. */
  readonly services: readonly string[] | undefined
}

export type WhoAsks = (c: HonoContext) => Promise<Person>

/** GET /console/api/NAME for each endpoint. */
export function addQuestions(context: Context, asking: () => Asking, live: Live, whoAsks: WhoAsks): void {
  context.http.use('/console/api/*', securityHeaders)
  context.http.get('/console/api/live', async c => {
    try {
      await whoAsks(c)
      return live.answer(c)
    } catch (error) {
      return refused(c, error).response
    }
  })
  context.http.get('/console/api/me', async c => {
    try {
      const { name, role } = await whoAsks(c)
      return c.json({ name, role, isSignedIn: false, token: '' })
    } catch (error) {
      return refused(c, error).response
    }
  })
  for (const endpoint of endpoints) {
    context.http.get(`/console/api/${endpoint.name}`, compress(), async c => {
      try {
        const { services } = await whoAsks(c)
        return c.json(await answer(asking(), endpoint, c.req.query(), services))
      } catch (error) {
        const { response, refusal } = refused(c, error)
        if (refusal.isFault) context.logger.error({ err: error }, `the console's ${endpoint.name} failed unexpectedly`)
        return response
      }
    })
  }
}
