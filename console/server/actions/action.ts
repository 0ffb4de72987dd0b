import type pg from 'pg'
import type { z } from 'zod'
import { EdgeRefusal } from '../../../pipeline/edge/refusal.ts'
import type { User } from '../../../store/people/index.ts'

/** What somebody may change: POST /console/api/actions/NAME, by a responder or an admin, or by an admin alone. */
export interface Action<B extends z.ZodObject = z.ZodObject> {
  readonly name: string
  readonly role?: 'admin'
  readonly body: B
  /**
   * Changes it as the writer and calls `note` with what it was about, in the transaction of the change. Resolves to what
   * is answered.
   */
  run(client: pg.ClientBase, body: z.output<B>, by: By): Promise<object>
}

export interface By {
  readonly person: User
  note(client: pg.ClientBase, about: string, detail?: object): Promise<void>
}

/** Gives an action its types. */
export function action<B extends z.ZodObject>(definition: Action<B>): Action<B> {
  return definition
}

/** @throws EdgeRefusal 404 where the person sees none of the services */
export function mustSee(person: User, services: readonly string[]): void {
  const { services: visible } = person
  if (visible !== undefined && !services.some(service => visible.includes(service))) {
    throw new EdgeRefusal(404, 'there is nothing of this id that you may see')
  }
}
