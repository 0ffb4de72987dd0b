import assert from 'node:assert/strict'
import { withClient } from '../../store/connect.ts'
import { putUser, type Role } from '../../store/people/index.ts'
import type { openConsole } from './server.ts'

type Console = Awaited<ReturnType<typeof openConsole>>

export const PASSWORD = 'correct horse battery'

interface Acted<T> {
  readonly status: number
  readonly data: T
  readonly error: string | undefined
}

/** Makes somebody and signs them in: what their browser then sends, and what they change. */
export async function asSomebody({ url, database }: Console, name: string, role: Role, services?: readonly string[]) {
  await withClient(database.database, 'owner', client => putUser(client, { name, role, services }, PASSWORD))
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(`${url}/console/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const entered = await post('sign-in', { name, password: PASSWORD })
  assert.equal(entered.status, 200)
  const cookie = entered.headers.get('set-cookie')!.split(';')[0]!
  const { token } = (await (await fetch(`${url}/console/api/me`, { headers: { cookie } })).json()) as { token: string }
  const headers = { cookie, 'x-sensorium-token': token }
  return {
    headers,
    async act<T>(action: string, body: object): Promise<Acted<T>> {
      const response = await post(`actions/${action}`, body, headers)
      const answer = (await response.json()) as { data: T; error?: string } // as the server writes it
      return { status: response.status, data: answer.data, error: answer.error }
    },
  }
}
