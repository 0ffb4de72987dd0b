import type { Context } from '../../pipeline/component.ts'
import { EdgeRefusal } from '../../pipeline/edge/refusal.ts'
import { noteAction } from '../../store/people/index.ts'
import { type Connections, withConnection } from '../../store/warm-connections.ts'
import { type Access, mustBe } from './access.ts'
import { actions } from './actions/index.ts'
import { refused } from './answers.ts'
import { readBody } from './bodies.ts'

/** POST /console/api/actions/NAME for each action: never by a viewer, and never without a line in the audit. */
export function addChanges(context: Context, connections: Connections, access: Access): void {
  for (const { name, role, body, run } of actions) {
    context.http.post(`/console/api/actions/${name}`, async c => {
      try {
        const person = await access.whoChanges(c)
        if (person.role === 'viewer') throw new EdgeRefusal(403, 'you may look at everything here, and change nothing')
        mustBe(person, role)
        const asked = await readBody(c, context, body)
        const data = await withConnection(connections, client =>
          run(client, asked, {
            person,
            note: (within, about, detail = {}) => noteAction(within, person, name, about, detail),
          }),
        )
        return c.json({ data })
      } catch (error) {
        const { response, refusal } = refused(c, error)
        if (refusal.isFault) context.logger.error({ err: error }, `the console's ${name} failed unexpectedly`)
        return response
      }
    })
  }
}
